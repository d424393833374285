/** The live figures of queues: columns, their order, and all queues taken together. Pure. */

import { clockOf } from "@ucc/ui/text";
import type { Queue, SubjectFigures, WindowFigures } from "@ucc/wire";
import { m } from "../paraglide/messages";
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

export type ColumnKey =
  | "name"
  | "state"
  | "waiting"
  | "longest"
  | "service_level"
  | "served"
  | "abandoned"
  | "asa"
  | "aht"
  | "occupancy"
  | "staffed";

export type Direction = "ascending" | "descending";

export interface Sorting {
  readonly key: ColumnKey;
  readonly direction: Direction;
}

/** Who waits longest stands on top until somebody chooses otherwise. */
export const SORTED_FIRST: Sorting = { key: "longest", direction: "descending" };

/** One column: what it is called and means, and what it is sorted by. */
export interface Column {
  readonly key: ColumnKey;
  readonly label: () => string;
  readonly hint?: () => string;
  readonly isNumber: boolean;
  readonly of: (line: Line, span: Span) => number | string | null;
}

/** What a queue is in; the most pressing counts most. */
export type QueueStanding = "paused" | "unstaffed" | "open" | "closed";
const PRESSING: Readonly<Record<QueueStanding, number>> = { paused: 3, unstaffed: 2, open: 1, closed: 0 };

/** Returns what a queue is in now. */
export function standingOf(queue: Queue | undefined): QueueStanding {
  if (!queue?.is_active) return "closed";
  if (queue.distribution?.is_paused) return "paused";
  if (!queue.is_open) return "closed";
  return queue.staffed ? "open" : "unstaffed";
}

export const COLUMNS: readonly Column[] = [
  { key: "name", label: m.live_queue, isNumber: false, of: ({ name }) => name },
  { key: "state", label: m.live_state, isNumber: false, of: ({ queue }) => PRESSING[standingOf(queue)] },
  { key: "waiting", label: m.live_waiting, isNumber: true, of: ({ figures }) => figures.waiting },
  { key: "longest", label: m.live_longest, isNumber: true, of: ({ figures }) => figures.longest_wait_ms },
  {
    key: "service_level",
    label: m.live_service_level,
    hint: m.live_service_level_hint,
    isNumber: true,
    of: ({ figures }, span) => figures[span].service_levels.of_arrived,
  },
  { key: "served", label: m.live_served, isNumber: true, of: ({ figures }, span) => figures[span].served },
  {
    key: "abandoned",
    label: m.live_abandoned,
    hint: m.live_abandoned_hint,
    isNumber: true,
    of: ({ figures }, span) => figures[span].abandoned,
  },
  {
    key: "asa",
    label: m.live_asa,
    hint: m.live_asa_hint,
    isNumber: true,
    of: ({ figures }, span) => figures[span].asa_ms,
  },
  {
    key: "aht",
    label: m.live_aht,
    hint: m.live_aht_hint,
    isNumber: true,
    of: ({ figures }, span) => figures[span].aht_ms,
  },
  {
    key: "occupancy",
    label: m.live_occupancy,
    hint: m.live_occupancy_hint,
    isNumber: true,
    of: ({ figures }, span) => figures[span].occupancy,
  },
  { key: "staffed", label: m.live_staffed, isNumber: true, of: ({ queue }) => queue?.staffed ?? 0 },
];

/** Returns how to sort after a heading was chosen: figures greatest first, names from A, and again the other way. */
export function sortedBy(before: Sorting, key: ColumnKey): Sorting {
  if (before.key === key)
    return { key, direction: before.direction === "ascending" ? "descending" : "ascending" };
  return { key, direction: key === "name" ? "ascending" : "descending" };
}

/** Returns the lines in order; what has no figure stands last either way, equals by name. */
export function sorted(lines: readonly Line[], { key, direction }: Sorting, span: Span): Line[] {
  const column = COLUMNS.find((one) => one.key === key) ?? COLUMNS[0];
  const sign = direction === "ascending" ? 1 : -1;
  const compareNames = new Intl.Collator(getLocale()).compare;
  return lines.toSorted((one, other) => {
    const [a, b] = [column?.of(one, span) ?? null, column?.of(other, span) ?? null];
    if (a === null || b === null) {
      if (a !== b) return a === null ? 1 : -1;
    } else {
      const found = typeof a === "number" && typeof b === "number" ? a - b : compareNames(`${a}`, `${b}`);
      if (found) return found * sign;
    }
    return compareNames(one.name, other.name);
  });
}

/** All queues taken together, over one span. */
export interface Total {
  readonly waiting: number;
  /** Of the queue whose contact has waited longest. */
  readonly longest: Line | null;
  readonly service_level: number | null;
  readonly served: number;
  readonly abandoned: number;
  readonly abandon_rate: number | null;
}

/** Returns all queues taken together: ratios of the sums, not means of ratios. */
export function totalOf(lines: readonly Line[], span: Span): Total {
  const sum = (of: (window: WindowFigures) => number): number =>
    lines.reduce((all, line) => all + of(line.figures[span]), 0);
  const [served, abandoned] = [sum((one) => one.served), sum((one) => one.abandoned)];
  const ended = served + abandoned;
  const [longest] = sorted(lines, SORTED_FIRST, span);
  return {
    waiting: lines.reduce((all, line) => all + line.figures.waiting, 0),
    longest: longest?.figures.longest_wait_ms === null ? null : (longest ?? null),
    service_level: ended ? sum((one) => one.in_target) / ended : null,
    served,
    abandoned,
    abandon_rate: ended ? abandoned / ended : null,
  };
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

/** Returns what stands in a cell of a column. */
export function cellWords(key: ColumnKey, line: Line, span: Span, nowMs: number): string {
  const window = line.figures[span];
  switch (key) {
    case "waiting":
      return String(line.figures.waiting);
    case "longest":
      return spanWords(waitedMs(line.figures, nowMs));
    case "service_level":
      return shareWords(window.service_levels.of_arrived);
    case "served":
      return String(window.served);
    case "abandoned":
      return String(window.abandoned);
    case "asa":
      return spanWords(window.asa_ms);
    case "aht":
      return spanWords(window.aht_ms);
    case "occupancy":
      return shareWords(window.occupancy);
    case "staffed":
      return String(line.queue?.staffed ?? 0);
    default:
      return line.name;
  }
}
