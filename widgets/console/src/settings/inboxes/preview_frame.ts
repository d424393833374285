/**
 * A frame that holds the real widget with settings that are not saved yet. The frame is `about:blank`, so it keeps
 * the console's origin and content policy; its `fetch` answers the widget's config and refuses everything else,
 * so that a preview never starts a conversation.
 */
import type { WidgetConfig } from "@ucc/wire";
import type { InboxDraft } from "./draft";

const KEY = "preview";
const READY_MS_MAX = 8000;
const REPLY_S = 120;

interface Options {
  locale: string;
  team: string[];
  title: string;
}

type PreviewWindow = Window & {
  fetch: typeof fetch;
  UCC?: { open?: () => Promise<void>; on?: (name: string, run: () => void) => void };
};

function configOf(draft: InboxDraft, team: string[]): WidgetConfig {
  return {
    key: KEY,
    title: draft.title || draft.name,
    greeting: draft.greeting,
    color: draft.color,
    position: draft.position,
    theme: draft.theme,
    teaser: draft.teaser,
    prechat: draft.prechat,
    asks_rating: draft.asks_rating,
    is_open: true,
    opens_at_ms: null,
    is_staffed: true,
    reply_s: REPLY_S,
    team: team.filter(Boolean),
    needs_identity: false,
    text_max: 10_000,
    attachment_bytes_max: 10_485_760,
  };
}

function answering(config: WidgetConfig): typeof fetch {
  return async (input) => {
    const isConfig = String(input).endsWith("/config");
    const body = isConfig ? config : { code: "preview", detail: "This is a preview." };
    return new Response(JSON.stringify(body), {
      status: isConfig ? 200 : 409,
      headers: { "Content-Type": "application/json" },
    });
  };
}

/** Put a fresh frame with the widget into `holder`; false if the widget is not there to be loaded. */
export async function mountPreview(
  holder: HTMLElement,
  draft: InboxDraft,
  options: Options,
): Promise<boolean> {
  const frame = document.createElement("iframe");
  frame.title = options.title;
  const old = [...holder.children];
  holder.append(frame);
  const view = frame.contentWindow as PreviewWindow | null;
  const page = frame.contentDocument;
  if (!view || !page) return false;
  page.documentElement.lang = options.locale;
  view.fetch = answering(configOf(draft, options.team));
  const script = page.createElement("script");
  script.src = new URL("/widget/v1.js", location.origin).href;
  script.dataset.inbox = KEY;
  script.dataset.lang = options.locale;
  const isLoaded = await new Promise<boolean>((resolve) => {
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
    setTimeout(() => resolve(false), READY_MS_MAX);
    page.head.append(script);
  });
  await view.UCC?.open?.().catch(() => undefined);
  for (const one of old) one.remove();
  return isLoaded;
}
