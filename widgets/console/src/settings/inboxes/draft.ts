/** An inbox while it is edited. Pure. */
import type { Inbox, InboxWrite } from "@ucc/wire";

export const PRECHAT_MAX = 3;
export const PRECHAT_KEYS = ["name", "email", "phone"] as const;

/** A pre-chat question. */
export interface FieldDraft {
  key: string;
  label: Record<string, string>;
  is_required: boolean;
}

/** The fields of the form, flat, so that each change counts as one. */
export interface InboxDraft {
  name: string;
  queue_id: number | null;
  hours_id: number | null;
  origins: string[];
  needs_identity: boolean;
  is_active: boolean;
  title: string;
  greeting: Record<string, string>;
  teaser: Record<string, string>;
  color: string;
  position: string;
  theme: string;
  prechat: FieldDraft[];
  asks_rating: boolean;
  offers_callback: boolean;
}

export const COLOR = "#4649D1";

/** Return the draft of an inbox, or of a new one whose pages are our own address. */
export function draftOf(inbox: Inbox | null, queueId: number | null, origin: string): InboxDraft {
  const widget = inbox?.widget;
  return {
    name: inbox?.name ?? "",
    queue_id: inbox?.queue_id ?? queueId,
    hours_id: inbox?.hours_id ?? null,
    origins: inbox ? [...(inbox.origins ?? [])] : [origin],
    needs_identity: inbox?.needs_identity ?? false,
    is_active: inbox?.is_active ?? true,
    title: widget?.title ?? "",
    greeting: { ...widget?.greeting },
    teaser: { ...widget?.teaser },
    color: widget?.color ?? COLOR,
    position: widget?.position ?? "right",
    theme: widget?.theme ?? "system",
    prechat: (widget?.prechat ?? []).map((field) => ({
      key: field.key,
      label: { ...field.label },
      is_required: field.is_required ?? false,
    })),
    asks_rating: widget?.asks_rating ?? true,
    offers_callback: widget?.offers_callback ?? false,
  };
}

function filled(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ""));
}

/** Return what the form does not show, so that writing the inbox whole does not lose it. */
function keptOf(inbox: Inbox | null): Partial<InboxWrite> {
  if (!inbox) return {};
  const {
    id: _id,
    key: _key,
    snippet: _snippet,
    identity_secret: _secret,
    first_hit_at_ms: _hit,
    ...kept
  } = inbox;
  return kept;
}

/** Return what is written; what the form does not show stays as it was. */
export function writeOf(draft: InboxDraft, inbox: Inbox | null): InboxWrite {
  const { title, greeting, teaser, color, position, theme, prechat, asks_rating, offers_callback, ...rest } =
    draft;
  return {
    ...keptOf(inbox),
    ...rest,
    name: rest.name.trim(),
    queue_id: rest.queue_id ?? 0,
    channel: "webchat",
    origins: rest.origins.map((one) => one.trim()).filter(Boolean),
    widget: {
      title: title.trim(),
      greeting: filled(greeting),
      teaser: filled(teaser),
      color,
      position,
      theme,
      prechat: prechat.map((field) => ({ ...field, label: filled(field.label) })),
      asks_rating,
      offers_callback,
    },
  };
}
