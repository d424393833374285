/**
 * The snippet's script: draws the launcher, and fetches the chat at the first click and not before.
 *
 * `<script async src="https://HOST/widget/v1.js" data-inbox="KEY"></script>`; optional data attributes:
 * lang, theme, user-id, user-hash, user-name, user-email. `window.UCC = {user, lang, theme}` set before says
 * the same; afterwards `window.UCC` is open(), close(), identify(user), setTheme(theme), on(event, run).
 */

import { readKept } from "@ucc/core/visitor/keep";
import type { WidgetConfig } from "@ucc/wire";
import type { ChatModule, Handle, HostEvents, LaterModule, Panel, Person, WordsModule } from "./handle";
import { createLauncher } from "./launcher";
import { matchLocale } from "./locale";

/** File names of this build, put in by build.mjs. */
declare const CHAT_FILE: string;
declare const LATER_FILE: string;
declare const WORDS_FILES: Readonly<Record<string, string>>;

const TEASER_MS = 8_000;

interface HostOptions {
  user?: Person;
  lang?: string;
  theme?: string;
}

type Listener = (detail: never) => void;

async function start(script: HTMLScriptElement): Promise<void> {
  const page = window as unknown as { UCC?: HostOptions };
  const { inbox: key = "", ...given } = script.dataset;
  const options: HostOptions = { ...page.UCC };
  const folder = new URL(".", script.src).href;
  const server = new URL(script.src).origin;
  const listeners = new Map<string, Set<Listener>>();
  let person: Person = options.user ?? {
    ...(given.userId ? { id: given.userId } : {}),
    ...(given.userHash ? { hash: given.userHash } : {}),
    ...(given.userName ? { name: given.userName } : {}),
    ...(given.userEmail ? { email: given.userEmail } : {}),
  };
  let loading: Promise<Panel> | null = null;
  let ready: () => void = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });

  const open = async (focus = true): Promise<void> => {
    await isReady;
    launcher.dismissTeaser();
    (await load()).open(focus);
  };

  Object.assign(page, {
    UCC: {
      open: () => open(),
      close: async () => (await loading)?.close(),
      identify(user: Person) {
        person = user;
      },
      setTheme: (theme: string) => launcher.setTheme(theme),
      on(name: keyof HostEvents, run: Listener) {
        const runs = listeners.get(name) ?? new Set();
        listeners.set(name, runs.add(run));
        return () => void runs.delete(run);
      },
    },
  });

  const readConfig = async (): Promise<WidgetConfig> => {
    const answer = await fetch(`${server}/v1/widget/${encodeURIComponent(key)}/config`, {
      credentials: "omit",
    });
    if (!answer.ok) throw new Error(`UCC: inbox “${key}” answered ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as WidgetConfig;
  };

  const emit: Handle["emit"] = (name, detail) => {
    for (const run of listeners.get(name) ?? []) run(detail as never);
  };

  const load = (): Promise<Panel> => {
    loading ??= fetchPanel().catch((error: unknown) => {
      loading = null; // the next click tries again
      throw error;
    });
    return loading;
  };

  const fetchPanel = async (): Promise<Panel> => {
    launcher.setBusy(true);
    try {
      const [chat, language] = await Promise.all([
        import(/* @vite-ignore */ folder + CHAT_FILE) as Promise<ChatModule>,
        import(/* @vite-ignore */ folder + WORDS_FILES[locale]) as Promise<WordsModule>,
      ]);
      return await chat.mount(handle, language.words);
    } finally {
      launcher.setBusy(false);
    }
  };

  let later: LaterModule["later"] | null | undefined;
  let config = await readConfig();
  const locale = matchLocale([
    given.lang,
    options.lang,
    document.documentElement.lang,
    ...navigator.languages,
  ]);
  const launcher = createLauncher({
    config,
    locale,
    theme: given.theme ?? options.theme ?? config.theme,
    onOpen: () => void open(),
    onClose: async () => (await loading)?.close(),
  });
  const handle: Handle = {
    root: launcher.root,
    launcher: launcher.button,
    server,
    key,
    locale,
    config: () => config,
    async refresh() {
      config = await readConfig();
      return config;
    },
    person: () => person,
    later(onload) {
      if (later === undefined) {
        later = null;
        void import(/* @vite-ignore */ folder + LATER_FILE).then((part: LaterModule) => {
          ({ later } = part);
          onload({});
        });
      }
      return later;
    },
    setUnread(count) {
      launcher.setUnread(count);
      emit("unread", count);
    },
    setOpen(isOpen) {
      launcher.setOpen(isOpen);
      emit(isOpen ? "open" : "close", null);
    },
    emit,
  };
  ready();
  emit("ready", null);

  if (readKept(localStorage, key)) {
    // A conversation is under way: its unread count needs the chat, once the page itself is done.
    const onIdle = window.requestIdleCallback ?? setTimeout;
    onIdle(() => void load());
  } else if (config.teaser[locale] ?? config.teaser.en) {
    setTimeout(() => loading ?? launcher.tease(config.teaser[locale] ?? config.teaser.en ?? ""), TEASER_MS);
  }
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !document.querySelector("ucc-widget")) {
  start(script).catch((error: unknown) => console.warn(error));
}
