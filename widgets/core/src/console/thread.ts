/** One open conversation: its entries without a hole, what is on its way, who types and who looks. */

import type { AnyEvent, Attachment, Conversation, Entry, EntryKind } from "@ucc/wire";
import { rowAfter } from "./rows";

export const TYPING_MS = 5_000;

/** An entry of ours that the server has not stored yet. */
export interface Pending {
  readonly client_id: string;
  readonly conversation_id: number;
  readonly kind: EntryKind;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly mentions: readonly number[];
  readonly at_ms: number;
  readonly state: "sending" | "waiting" | "failed";
  /** Why it failed, in the server's words. */
  readonly reason: string | null;
}

export interface Typist {
  readonly key: string;
  readonly name: string | null;
  readonly is_contact: boolean;
  readonly until_ms: number;
}

export interface Thread {
  readonly id: number;
  readonly conversation: Conversation | null;
  /** Ascending and contiguous; the first may be any seq, the last is the newest we know. */
  readonly entries: readonly Entry[];
  readonly is_loaded: boolean;
  readonly typists: readonly Typist[];
  readonly viewer_ids: readonly number[];
  /** The "new" line stands after this seq; null: no line. */
  readonly new_after_seq: number | null;
}

export function emptyThread(id: number): Thread {
  return {
    id,
    conversation: null,
    entries: [],
    is_loaded: false,
    typists: [],
    viewer_ids: [],
    new_after_seq: null,
  };
}

/** The newest seq held, 0 if none. */
export function headOf(thread: Thread): number {
  return thread.entries.at(-1)?.seq ?? 0;
}

/** Whether older entries than the first are on the server. */
export function hasOlder(thread: Thread): boolean {
  return (thread.entries[0]?.seq ?? 1) > 1;
}

/** Puts a page of entries in: older ones before, newer ones after, known ones once. */
export function withEntries(thread: Thread, page: readonly Entry[]): Thread {
  const bySeq = new Map(thread.entries.map((entry) => [entry.seq, entry]));
  for (const entry of page) if (entry.conversation_id === thread.id) bySeq.set(entry.seq, entry);
  const all = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  // After a hole only what is newest is kept: an older page brings the rest.
  let first = all.length - 1;
  while (first > 0 && (all[first - 1]?.seq ?? 0) === (all[first]?.seq ?? 0) - 1) first -= 1;
  return { ...thread, entries: all.slice(Math.max(0, first)), is_loaded: true };
}

/** Whether an event tells of an entry that does not follow on: entries between must be asked for. */
export function leavesHole(thread: Thread, event: AnyEvent): boolean {
  return event.type === "entry_added" && thread.is_loaded && event.entry.seq > headOf(thread) + 1;
}

function withEntry(thread: Thread, entry: Entry): Thread {
  if (entry.conversation_id !== thread.id || !thread.is_loaded) return thread;
  if (entry.seq !== headOf(thread) + 1) return thread;
  const wrote = entry.author === "contact" ? "contact" : `user:${entry.user_id}`;
  const isAnswer = entry.author === "agent" && entry.kind === "message";
  return {
    ...thread,
    new_after_seq: isAnswer ? null : thread.new_after_seq,
    entries: [...thread.entries, entry],
    typists: thread.typists.filter((typist) => typist.key !== wrote),
  };
}

/** Returns the thread after an event of its stream; duplicates and what does not follow on change nothing. */
export function threadAfter(thread: Thread, event: AnyEvent, nowMs: number): Thread {
  switch (event.type) {
    case "entry_added": {
      const next = withEntry(thread, event.entry);
      const row = thread.conversation && rowAfter(thread.conversation, event);
      return row === thread.conversation ? next : { ...next, conversation: row };
    }
    case "typing_seen": {
      if (event.conversation_id !== thread.id) return thread;
      const key = event.author === "contact" ? "contact" : `user:${event.user_id}`;
      const typist: Typist = {
        key,
        name: event.user_name,
        is_contact: event.author === "contact",
        until_ms: nowMs + TYPING_MS,
      };
      return { ...thread, typists: [...thread.typists.filter((one) => one.key !== key), typist] };
    }
    case "viewers_changed":
      return event.conversation_id === thread.id ? { ...thread, viewer_ids: event.user_ids } : thread;
    default: {
      if (!thread.conversation) return thread;
      const row = rowAfter(thread.conversation, event);
      return row === thread.conversation ? thread : { ...thread, conversation: row };
    }
  }
}

/** Forgets typists whose 5 s are over. */
export function withoutStaleTypists(thread: Thread, nowMs: number): Thread {
  const typists = thread.typists.filter((typist) => typist.until_ms > nowMs);
  return typists.length === thread.typists.length ? thread : { ...thread, typists };
}

/** Drops what is stored by now: the stream's entry carries the same client id. */
export function unsent(pending: readonly Pending[], thread: Thread): readonly Pending[] {
  const stored = new Set(thread.entries.flatMap((entry) => entry.client_id ?? []));
  return pending.filter((one) => one.conversation_id === thread.id && !stored.has(one.client_id));
}

export type Tick = "waiting" | "sending" | "failed" | "sent" | "delivered" | "read";

/** How far an own message got. */
export function tickOf(entry: Entry, row: Conversation | null): Tick {
  if (row && row.contact_read_seq >= entry.seq) return "read";
  if (row && row.contact_delivered_seq >= entry.seq) return "delivered";
  return "sent";
}
