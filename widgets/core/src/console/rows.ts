/** Rows of the conversation list: what an event does to a row, and in which order rows stand. */

import type { AnyEvent, Conversation, Entry, Interaction, WrapUp } from "@ucc/wire";

/** A bit of text for the preview of an entry without words. */
export function previewOf(entry: Entry): string {
  return entry.text || (entry.attachments[0]?.name ?? "");
}

/** Returns the wrap-up that runs: the reader's own after they handed the work on, else that of the present work. */
export function wrapUpOf(row: Conversation, meId: number): WrapUp | null {
  const own = row.wrap_ups?.find((one) => one.agent_id === meId);
  if (own) return own;
  return row.interaction?.state === "wrapping" ? asWrapUp(row.interaction) : null;
}

function asWrapUp({ id, agent_id, ended_at_ms, wrap_up_until_ms }: Interaction): WrapUp {
  return {
    interaction_id: id,
    agent_id: agent_id ?? null,
    ended_at_ms: ended_at_ms ?? null,
    until_ms: wrap_up_until_ms ?? null,
  };
}

/** Whether the row owes something: the contact waits for an answer, or a wrap-up runs. */
export function isOwed(row: Conversation, meId: number): boolean {
  return wrapUpOf(row, meId) !== null || (row.waiting_since_ms !== null && row.state !== "resolved");
}

/** When what is owed is due. */
function deadlineOf(row: Conversation, meId: number): number {
  const wrapUp = wrapUpOf(row, meId);
  return (wrapUp ? wrapUp.until_ms : row.due_at_ms) ?? Number.MAX_SAFE_INTEGER;
}

function withEntry(row: Conversation, entry: Entry): Conversation {
  if (entry.seq <= row.head_seq) return row;
  const next = { ...row, head_seq: entry.seq };
  if (entry.kind !== "message") return next;
  const isContact = entry.author === "contact";
  return {
    ...next,
    last_at_ms: entry.at_ms,
    last_text: previewOf(entry),
    last_author: entry.author,
    contact_seq: isContact ? entry.seq : row.contact_seq,
    agent_seq: isContact ? row.agent_seq : entry.seq,
    unread: isContact ? row.unread + 1 : 0,
    waiting_since_ms: isContact ? (row.waiting_since_ms ?? entry.at_ms) : null,
    due_at_ms: isContact ? row.due_at_ms : null,
  };
}

/** What became of work that was handed on: only its wrap-up still shows. */
function withWrapUp(row: Conversation, earlier: Interaction): Conversation {
  const known = row.wrap_ups ?? [];
  const others = known.filter((one) => one.interaction_id !== earlier.id);
  if (earlier.state === "wrapping") return { ...row, wrap_ups: [...others, asWrapUp(earlier)] };
  return others.length === known.length ? row : { ...row, wrap_ups: others };
}

/** Returns the row after an event of its conversation; the same row if the event changes nothing. */
export function rowAfter(row: Conversation, event: AnyEvent): Conversation {
  switch (event.type) {
    case "entry_added":
      return event.entry.conversation_id === row.id ? withEntry(row, event.entry) : row;
    case "conversation_changed": {
      const next = event.conversation;
      return next.id === row.id && next.head_seq >= row.head_seq ? next : row;
    }
    case "receipt_moved": {
      if (event.conversation_id !== row.id) return row;
      const agentRead = Math.max(row.agent_read_seq, event.agent_read_seq);
      return {
        ...row,
        contact_read_seq: Math.max(row.contact_read_seq, event.contact_read_seq),
        contact_delivered_seq: Math.max(row.contact_delivered_seq, event.contact_delivered_seq),
        agent_read_seq: agentRead,
        unread: agentRead >= row.contact_seq ? 0 : row.unread,
      };
    }
    case "interaction_changed": {
      // A consult or a seat is beside the contact's work, never in its place.
      if (event.interaction.conversation_id !== row.id || event.interaction.bond) return row;
      if (row.interaction && event.interaction.id < row.interaction.id) {
        return withWrapUp(row, event.interaction);
      }
      return { ...row, interaction: event.interaction };
    }
    default:
      return row;
  }
}

export type Sort = "deadline" | "newest" | "oldest";

/** Whether nothing is open about the conversation any more. */
export function isDone(row: Conversation): boolean {
  return row.state === "resolved" || row.state === "spam";
}

export type Group = "waiting_for_you" | "waiting_on_contact" | "done";

export function groupOf(row: Conversation, meId: number): Group {
  return isOwed(row, meId) ? "waiting_for_you" : isDone(row) ? "done" : "waiting_on_contact";
}

/** Orders by the desk's rule: what is owed first, by next deadline; then the others, the latest first. */
export function compareRows(sort: Sort, meId: number): (a: Conversation, b: Conversation) => number {
  if (sort === "newest") return (a, b) => b.last_at_ms - a.last_at_ms || b.id - a.id;
  if (sort === "oldest") return (a, b) => a.created_at_ms - b.created_at_ms || a.id - b.id;
  return (a, b) => {
    const isAOwed = isOwed(a, meId);
    if (isAOwed !== isOwed(b, meId)) return isAOwed ? -1 : 1;
    if (!isAOwed && isDone(a) !== isDone(b)) return isDone(a) ? 1 : -1;
    if (!isAOwed) return b.last_at_ms - a.last_at_ms || b.id - a.id;
    return (
      deadlineOf(a, meId) - deadlineOf(b, meId) ||
      (a.waiting_since_ms ?? a.last_at_ms) - (b.waiting_since_ms ?? b.last_at_ms) ||
      a.id - b.id
    );
  };
}

/** The order on the screen, and how many rows would stand elsewhere by now. */
export interface Order {
  readonly shown: readonly number[];
  readonly moved: number;
}

/** Counts rows that changed places, came or left between two orders: the fewest that had to move. */
export function countMoved(shown: readonly number[], wanted: readonly number[]): number {
  const place = new Map(wanted.map((id, index) => [id, index]));
  const kept = shown.flatMap((id) => place.get(id) ?? []);
  // The longest increasing run of places stays; everything else moves.
  const tails: number[] = [];
  for (const at of kept) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tails[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    tails[low] = at;
  }
  return Math.max(shown.length, wanted.length) - tails.length;
}

/** Gives the order to show: the wanted one, unless a hand is on the list; then the old one stays. */
export function settleOrder(before: Order, wanted: readonly number[], isHeld: boolean): Order {
  const moved = countMoved(before.shown, wanted);
  if (moved === 0) return before.moved === 0 ? before : { shown: before.shown, moved: 0 };
  return isHeld && before.shown.length > 0 ? { shown: before.shown, moved } : { shown: wanted, moved: 0 };
}

/** What stands in the list: group heads and rows, with their offsets for windowing. */
export interface ListItem {
  readonly key: string;
  readonly top: number;
  readonly height: number;
  readonly group: Group | null;
  readonly count: number;
  readonly row: Conversation | null;
}

export const ROW_PX = 64;
export const GROUP_PX = 28;

/** Lays rows out under the heads of their groups when sorted by deadline. */
export function layoutRows(
  rows: readonly Conversation[],
  isGrouped: boolean,
  meId: number,
): readonly ListItem[] {
  const counts = { waiting_for_you: 0, waiting_on_contact: 0, done: 0 };
  for (const row of rows) counts[groupOf(row, meId)] += 1;
  const items: ListItem[] = [];
  let top = 0;
  let last: Group | null = null;
  for (const row of rows) {
    const group = groupOf(row, meId);
    if (isGrouped && group !== last) {
      last = group;
      // Rows kept still under a pointer may leave their group: then its head stands twice.
      const key = `${group} before ${row.id}`;
      items.push({ key, top, height: GROUP_PX, group, count: counts[group], row: null });
      top += GROUP_PX;
    }
    items.push({ key: String(row.id), top, height: ROW_PX, group: null, count: 0, row });
    top += ROW_PX;
  }
  return items;
}

/** Returns the items a window of `height` pixels at `scroll` needs, and some beyond. */
export function windowOf(
  items: readonly ListItem[],
  scroll: number,
  height: number,
  beyond = 6 * ROW_PX,
): readonly ListItem[] {
  return items.filter(
    (item) => item.top + item.height > scroll - beyond && item.top < scroll + height + beyond,
  );
}
