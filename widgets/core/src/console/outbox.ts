/**
 * Replies and notes on their way: shown at once, sent one after another per conversation, kept over a
 * reload. The client id makes a second sending harmless, so an unclear failure is simply sent again.
 */

import type { Attachment, Entry, EntryKind } from "@ucc/wire";
import { Store } from "../store";
import type { Api } from "./api";
import { Offline, Problem } from "./http";
import type { Pending } from "./thread";

export const PENDING_MAX = 200;
export const RETRY_MS = 3_000;

/** The part of the browser's storage this needs. */
export interface Keep {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface OutboxOptions {
  /** Stores the entry on the server; throws `Problem` or `Offline`. */
  write: (pending: Pending) => Promise<Entry>;
  onStored: (entry: Entry) => void;
  keep: Keep;
  keepKey: string;
  now?: () => number;
  clientId?: () => string;
}

export interface Draftable {
  readonly kind: EntryKind;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly mentions: readonly number[];
}

function isPending(value: unknown): value is Pending {
  const one = value as Partial<Pending> | null;
  return typeof one?.client_id === "string" && typeof one.conversation_id === "number";
}

function restore(keep: Keep, key: string): readonly Pending[] {
  try {
    const kept: unknown = JSON.parse(keep.getItem(key) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept
      .filter(isPending)
      .map((one) => ({ ...one, state: one.state === "failed" ? "failed" : "waiting" }));
  } catch {
    return []; // Somebody else wrote there; what we cannot read we cannot send.
  }
}

/** What is not stored yet, and the sending of it. */
export class Outbox {
  readonly pending: Store<readonly Pending[]>;
  private readonly options: OutboxOptions;
  private readonly busy = new Set<number>();
  private retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions) {
    this.options = options;
    this.pending = new Store(restore(options.keep, options.keepKey));
    this.pending.subscribe((all) => options.keep.setItem(options.keepKey, JSON.stringify(all)));
  }

  /** Echoes at once and sends; returns the client id, or null when too much is waiting already. */
  send(conversationId: number, draft: Draftable): string | null {
    if (this.pending.get().length >= PENDING_MAX) return null;
    const clientId = (this.options.clientId ?? (() => crypto.randomUUID()))();
    const one: Pending = {
      ...draft,
      client_id: clientId,
      conversation_id: conversationId,
      at_ms: (this.options.now ?? Date.now)(),
      state: "sending",
      reason: null,
    };
    this.pending.update((all) => [...all, one]);
    void this.work(conversationId);
    return clientId;
  }

  /** Tries a failed one again. */
  retry(clientId: string): void {
    const one = this.pending.get().find((each) => each.client_id === clientId);
    if (!one) return;
    this.mark(clientId, { state: "sending", reason: null });
    void this.work(one.conversation_id);
  }

  /** Gives a failed one up; returns its text, for the composer. */
  withdraw(clientId: string): string {
    const text = this.pending.get().find((each) => each.client_id === clientId)?.text ?? "";
    this.remove(clientId);
    return text;
  }

  /** Drops what the stream says is stored. */
  confirm(clientId: string | null): void {
    if (clientId) this.remove(clientId);
  }

  /** Sends everything that waits: the connection is back. */
  flush(): void {
    clearTimeout(this.retryTimer);
    for (const id of new Set(this.pending.get().map((one) => one.conversation_id))) void this.work(id);
  }

  private remove(clientId: string): void {
    this.pending.update((all) => {
      const rest = all.filter((one) => one.client_id !== clientId);
      return rest.length === all.length ? all : rest;
    });
  }

  private mark(clientId: string, change: Pick<Pending, "state" | "reason">): void {
    this.pending.update((all) =>
      all.map((one) => (one.client_id === clientId ? { ...one, ...change } : one)),
    );
  }

  /** One at a time per conversation, in order; a failed one does not hold up the next. */
  private async work(conversationId: number): Promise<void> {
    if (this.busy.has(conversationId)) return;
    this.busy.add(conversationId);
    try {
      for (;;) {
        const next = this.pending
          .get()
          .find((one) => one.conversation_id === conversationId && one.state !== "failed");
        if (!next || !(await this.attempt(next))) return;
      }
    } finally {
      this.busy.delete(conversationId);
    }
  }

  private async attempt(one: Pending): Promise<boolean> {
    if (one.state !== "sending") this.mark(one.client_id, { state: "sending", reason: null });
    try {
      this.options.onStored(await this.options.write(one));
      this.remove(one.client_id);
      return true;
    } catch (error) {
      if (error instanceof Problem && !error.isTemporary) {
        this.mark(one.client_id, { state: "failed", reason: error.message });
        return true;
      }
      if (!(error instanceof Offline || error instanceof Problem)) throw error;
      this.mark(one.client_id, { state: "waiting", reason: null });
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.flush(), RETRY_MS);
      return false;
    }
  }
}

/** Returns how a pending entry is written over the API. */
export function writeOver(api: Api): (pending: Pending) => Promise<Entry> {
  return ({ conversation_id, client_id, text, kind, attachments, mentions }) =>
    api.write(conversation_id, {
      client_id,
      text,
      kind,
      attachment_ids: attachments.map((file) => file.id),
      mentions: [...mentions],
    });
}
