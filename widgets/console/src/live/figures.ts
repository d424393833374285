/** The live figures of queues: what a line is, and its figures in words. Pure. */

import { clockOf } from "@ucc/ui/text";
import type { Queue, SubjectFigures } from "@ucc/wire";
import { getLocale } from "../paraglide/runtime";

/** The span figures are told of: since midnight, or the latest half hour. */
export type Span = "day" | "recent";

/** A queue with its figures; `queue` is missing once it was removed a moment ago. */
export interface Line {
  readonly id: number;
  readonly name: string;
  readonly figures: SubjectFigures;
  readonly queue: Queue | undefined;
}

/** What a queue is in. */
export type QueueStanding = "paused" | "unstaffed" | "open" | "closed";

/** Returns what a queue is in now. */
export function standingOf(queue: Queue | undefined): QueueStanding {
  if (!queue?.is_active) return "closed";
  if (queue.distribution?.is_paused) return "paused";
  if (!queue.is_open) return "closed";
  return queue.staffed ? "open" : "unstaffed";
}

/** Returns a share in percent, or a dash where nothing was counted. */
export function shareWords(share: number | null): string {
  if (share === null) return "–";
  return new Intl.NumberFormat(getLocale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** Returns a length of time as a clock, or a dash. */
export function spanWords(ms: number | null): string {
  return ms === null ? "–" : clockOf(ms / 1000);
}

/** Returns how long the first in line has waited by now: the clock runs on between two answers. */
export function waitedMs(figures: SubjectFigures, nowMs: number): number | null {
  if (figures.longest_wait_ms === null) return null;
  return figures.longest_wait_ms + Math.max(0, nowMs - figures.at_ms);
}
