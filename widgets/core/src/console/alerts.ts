/** What deserves a sound, the title or a notification. Pure: the browser's part is in sounds.ts and the views. */

import type { AnyEvent, Conversation, Entry } from "@ucc/wire";
import { type SlaLevel, slaOf } from "./sla";

export const OFFER_EVERY_MS = 2_500;
export const OFFER_LOUDER_AFTER_MS = 10_000;
export const TICK_EVERY_MS = 3_000;

export type SoundKind = "offer" | "offer_loud" | "message" | "sla";

/** Returns the entry that is meant for this agent: a contact's message, or a colleague's note where advice is given. */
export function wordFor(event: AnyEvent, meId: number, row: Conversation | undefined): Entry | null {
  if (event.type !== "entry_added") return null;
  const { entry } = event;
  if (entry.kind === "message") return entry.author === "contact" ? entry : null;
  const isAdvice = entry.kind === "note" && entry.user_id !== meId && row?.bonded?.length;
  return isAdvice ? entry : null;
}

/** Decides the tick for a word in a conversation that is not being looked at. */
export function messageSound(
  entry: Entry,
  openId: number | null,
  isVisible: boolean,
  lastTickMs: number,
  nowMs: number,
): SoundKind | null {
  if (isVisible && entry.conversation_id === openId) return null;
  return nowMs - lastTickMs >= TICK_EVERY_MS ? "message" : null;
}

/** Returns conversations whose clock has just turned to danger; `known` remembers levels. */
export function turnedToDanger(
  rows: readonly Conversation[],
  known: Map<number, SlaLevel>,
  nowMs: number,
): readonly Conversation[] {
  const turned: Conversation[] = [];
  for (const row of rows) {
    const level = slaOf(row, nowMs)?.level ?? "calm";
    const before = known.get(row.id);
    known.set(row.id, level);
    const isDanger = level === "danger" || level === "breached";
    if (isDanger && before !== undefined && before !== "danger" && before !== "breached") turned.push(row);
  }
  return turned;
}

/** Something unseen, for the title: an offer's or a message's contact. */
export interface Unseen {
  readonly key: string;
  readonly name: string;
}

/** "(2) 李娜 is waiting" while something is unseen; `says` words it in the reader's language. */
export function titleOf(unseen: readonly Unseen[], page: string, says: (name: string) => string): string {
  const first = unseen[0];
  return first ? `(${unseen.length}) ${says(first.name)}` : page;
}
