/** What is in the composer, kept on the server: saved a moment after the last key, at once when leaving. */

import type { Api } from "./api";

export const SAVE_AFTER_MS = 800;

export type DraftKind = "message" | "note" | "wrap_up";

export interface DraftsOptions {
  load: (conversationId: number) => Promise<readonly { readonly kind: string; readonly text: string }[]>;
  save: (conversationId: number, kind: DraftKind, text: string) => Promise<unknown>;
  /** A draft of this conversation arrived from the server and nothing newer was typed here. */
  onLoaded: (conversationId: number) => void;
}

interface Slot {
  text: string;
  saved: string;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Drafts by conversation and kind. What was typed here wins over what the server had. */
export class Drafts {
  private readonly options: DraftsOptions;
  private readonly slots = new Map<string, Slot>();
  private readonly loaded = new Set<number>();

  constructor(options: DraftsOptions) {
    this.options = options;
  }

  get(conversationId: number, kind: DraftKind): string {
    return this.slots.get(`${conversationId}/${kind}`)?.text ?? "";
  }

  /** Takes the text as typed; it is saved when the hand rests. */
  set(conversationId: number, kind: DraftKind, text: string): void {
    const slot = this.slot(conversationId, kind);
    slot.text = text;
    clearTimeout(slot.timer);
    slot.timer = setTimeout(() => void this.save(conversationId, kind), SAVE_AFTER_MS);
  }

  /** Empties a draft that was sent, at once, here and on the server. */
  clear(conversationId: number, kind: DraftKind): void {
    this.set(conversationId, kind, "");
    void this.save(conversationId, kind);
  }

  /** Asks the server once per conversation. */
  async load(conversationId: number): Promise<void> {
    if (this.loaded.has(conversationId)) return;
    this.loaded.add(conversationId);
    try {
      for (const draft of await this.options.load(conversationId)) {
        const slot = this.slot(conversationId, draft.kind as DraftKind);
        if (slot.text !== slot.saved) continue;
        slot.text = slot.saved = draft.text;
      }
    } catch {
      this.loaded.delete(conversationId); // The next opening asks again; typing works meanwhile.
      return;
    }
    this.options.onLoaded(conversationId);
  }

  /** Saves whatever is unsaved: the page is being left, or the connection is back. */
  flush(): void {
    for (const key of this.slots.keys()) {
      const [id, kind] = key.split("/");
      void this.save(Number(id), kind as DraftKind);
    }
  }

  private slot(conversationId: number, kind: DraftKind): Slot {
    const key = `${conversationId}/${kind}`;
    const slot = this.slots.get(key) ?? { text: "", saved: "", timer: undefined };
    this.slots.set(key, slot);
    return slot;
  }

  private async save(conversationId: number, kind: DraftKind): Promise<void> {
    const slot = this.slot(conversationId, kind);
    clearTimeout(slot.timer);
    const { text, saved } = slot;
    if (text === saved) return;
    slot.saved = text;
    try {
      await this.options.save(conversationId, kind, text);
    } catch {
      if (slot.saved === text) slot.saved = saved; // Unsaved after all; `flush` tries again.
    }
  }
}

/** Returns drafts kept over the API. */
export function draftsOver(api: Api, onLoaded: (conversationId: number) => void): Drafts {
  return new Drafts({
    load: async (id) => (await api.drafts(id)).items,
    save: (id, kind, text) => api.saveDraft(id, kind, text),
    onLoaded,
  });
}
