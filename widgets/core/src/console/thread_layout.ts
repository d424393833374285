/** From entries to what stands in the log: days, groups within 60 s, notes, folded system lines, the new line. */

import type { Attachment, Entry } from "@ucc/wire";
import { type Pending, type Thread, type Tick, tickOf } from "./thread";

export const GROUP_MS = 60_000;

export interface Bubble {
  readonly key: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly seq: number | null;
}

export type ThreadItem =
  | { readonly kind: "day"; readonly key: string; readonly at_ms: number }
  | { readonly kind: "new"; readonly key: string }
  | { readonly kind: "system"; readonly key: string; readonly entries: readonly Entry[] }
  | { readonly kind: "note"; readonly key: string; readonly entry: NoteLine }
  | {
      readonly kind: "group";
      readonly key: string;
      readonly is_own_side: boolean;
      readonly name: string | null;
      readonly user_id: number | null;
      readonly is_bot: boolean;
      readonly at_ms: number;
      readonly bubbles: readonly Bubble[];
      readonly tick: Tick | null;
      readonly pending: Pending | null;
    };

export interface NoteLine {
  readonly text: string;
  readonly attachments: readonly Attachment[];
  readonly mentions: readonly number[];
  readonly user_id: number | null;
  readonly name: string | null;
  readonly at_ms: number;
  readonly pending: Pending | null;
}

type Group = Extract<ThreadItem, { kind: "group" }>;

/** Which local day a time falls on. */
function dayOf(atMs: number): string {
  return new Date(atMs).toDateString();
}

function groupOf(entry: Entry, thread: Thread): Group {
  const isContact = entry.author === "contact";
  return {
    kind: "group",
    // The key of the echo, so that what was shown while it was on its way stays where it is.
    key: entry.client_id ?? `e${entry.seq}`,
    is_own_side: !isContact,
    name: isContact ? null : entry.user_name,
    user_id: entry.user_id,
    is_bot: entry.author === "bot",
    at_ms: entry.at_ms,
    bubbles: [bubbleOf(entry)],
    tick: isContact ? null : tickOf(entry, thread.conversation),
    pending: null,
  };
}

function bubbleOf(entry: Entry): Bubble {
  return {
    key: entry.client_id ?? `e${entry.seq}`,
    text: entry.text,
    attachments: entry.attachments,
    seq: entry.seq,
  };
}

/** A message joins the group above it: same author, same minute, same fate. */
function joins(last: ThreadItem | undefined, next: Group): last is Group {
  return (
    last?.kind === "group" &&
    last.is_own_side === next.is_own_side &&
    last.user_id === next.user_id &&
    last.tick === next.tick &&
    last.pending === null &&
    next.pending === null &&
    next.at_ms - last.at_ms < GROUP_MS
  );
}

function noteOf(entry: Entry): NoteLine {
  return {
    text: entry.text,
    attachments: entry.attachments,
    mentions: entry.mentions,
    user_id: entry.user_id,
    name: entry.user_name,
    at_ms: entry.at_ms,
    pending: null,
  };
}

function pendingItem(one: Pending, myId: number): ThreadItem {
  if (one.kind === "note") {
    const line = { ...one, user_id: myId, name: null, pending: one };
    return { kind: "note", key: one.client_id, entry: line };
  }
  return {
    kind: "group",
    key: one.client_id,
    is_own_side: true,
    name: null,
    user_id: myId,
    is_bot: false,
    at_ms: one.at_ms,
    bubbles: [{ key: one.client_id, text: one.text, attachments: one.attachments, seq: null }],
    tick: one.state,
    pending: one,
  };
}

class Layout {
  readonly items: ThreadItem[] = [];
  private day = "";
  private hasNew = false;

  startDay(atMs: number, key: string): void {
    const day = dayOf(atMs);
    if (day === this.day) return;
    this.day = day;
    this.items.push({ kind: "day", key: `day-${key}`, at_ms: atMs });
  }

  /** The line stands before the first message of the contact that was not read. */
  startNew(entry: Entry, after: number | null): void {
    if (after === null || this.hasNew || entry.seq <= after) return;
    if (entry.author !== "contact" || entry.kind !== "message") return;
    this.hasNew = true;
    this.items.push({ kind: "new", key: "new" });
  }

  addSystem(entry: Entry): void {
    const last = this.items.at(-1);
    if (last?.kind !== "system") {
      this.items.push({ kind: "system", key: `s${entry.seq}`, entries: [entry] });
      return;
    }
    this.items[this.items.length - 1] = { ...last, entries: [...last.entries, entry] };
  }

  addGroup(group: Group): void {
    const last = this.items.at(-1);
    if (!joins(last, group)) {
      this.items.push(group);
      return;
    }
    const bubbles = [...last.bubbles, ...group.bubbles];
    this.items[this.items.length - 1] = { ...last, at_ms: group.at_ms, bubbles };
  }
}

/** Lays a thread and what is on its way out, top to bottom. */
export function layoutThread(
  thread: Thread,
  pending: readonly Pending[],
  myId: number,
): readonly ThreadItem[] {
  const layout = new Layout();
  for (const entry of thread.entries) {
    layout.startDay(entry.at_ms, `e${entry.seq}`);
    layout.startNew(entry, thread.new_after_seq);
    if (entry.kind === "system") layout.addSystem(entry);
    else if (entry.kind === "note")
      layout.items.push({ kind: "note", key: entry.client_id ?? `e${entry.seq}`, entry: noteOf(entry) });
    else layout.addGroup(groupOf(entry, thread));
  }
  for (const one of pending) {
    layout.startDay(one.at_ms, one.client_id);
    layout.items.push(pendingItem(one, myId));
  }
  return layout.items;
}
