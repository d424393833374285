/** What the presence pill says, worked out of the three axes and the block. Pure, words aside. */

import type { IconName } from "@ucc/ui/icons";
import type { Presence } from "@ucc/wire";
import { m } from "../paraglide/messages";
import { hourOf } from "./format";

/** Off-queue reasons in the order of the menu, each with its icon. */
export const REASONS: readonly { key: string; icon: IconName }[] = [
  { key: "break", icon: "coffee" },
  { key: "meal", icon: "meal" },
  { key: "meeting", icon: "users" },
  { key: "training", icon: "book" },
  { key: "admin", icon: "template" },
  { key: "own", icon: "minus" },
];

const REASON_WORDS: Record<string, () => string> = {
  break: m.frame_reason_break,
  meal: m.frame_reason_meal,
  meeting: m.frame_reason_meeting,
  training: m.frame_reason_training,
  admin: m.frame_reason_admin,
  own: m.frame_reason_own,
};

/** Return the words of an off-queue reason. */
export function reasonWord(reason: string | null | undefined): string {
  return (reason && REASON_WORDS[reason]?.()) || m.frame_off_queue();
}

/** The dot's shape says the state even without its colour. */
export type Dot = "full" | "half" | "hollow" | "alert";

/** The pill in one word and one shape. */
export interface Pill {
  dot: Dot;
  word: string;
  /** "then Break": what applies when the work is done. */
  next: string | null;
}

/** Return what the pill shows. */
export function pillOf(presence: Presence): Pill {
  const next =
    presence.next_status === "off_queue"
      ? m.frame_presence_then({ status: reasonWord(presence.next_reason) })
      : presence.next_status === "on_queue"
        ? m.frame_presence_then({ status: m.frame_on_queue() })
        : null;
  if (presence.is_blocked) return { dot: "alert", word: m.frame_not_responding(), next };
  if (presence.session === "offline") return { dot: "hollow", word: m.frame_offline_status(), next };
  if (presence.status === "on_queue") return { dot: next ? "half" : "full", word: m.frame_on_queue(), next };
  return { dot: "half", word: reasonWord(presence.reason), next };
}

const SOON_MS = 12 * 3_600_000;

/** Return when the next planned break is, or how long it runs: "Break at 12:30"; null where none is near. */
export function breakWords({ next_break: planned }: Presence, nowMs: number): string | null {
  if (!planned || planned.to_ms <= nowMs || planned.from_ms > nowMs + SOON_MS) return null;
  const reason = reasonWord(planned.reason);
  return planned.from_ms > nowMs
    ? m.frame_break_at({ reason, time: hourOf(planned.from_ms) })
    : m.frame_break_until({ reason, time: hourOf(planned.to_ms) });
}

/** Return how many units of work are in hand, wrap-ups counted. */
export function workInHand(presence: Presence): number {
  const units = Object.values(presence.load ?? {}).reduce((sum, used) => sum + used, 0);
  return Math.max(units, presence.wrap_ups ?? 0);
}
