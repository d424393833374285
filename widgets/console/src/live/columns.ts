/** The columns of the queues on the Live page: what they are called and mean, their order, and their cells. Pure. */

import { m } from "../paraglide/messages";
import { getLocale } from "../paraglide/runtime";
import { type Line, type Span, shareWords, spanWords, waitedMs } from "./figures";
import { pressure } from "./risk";

export type ColumnKey =
  | "name"
  | "risk"
  | "waiting"
  | "longest"
  | "service_level"
  | "served"
  | "abandoned"
  | "asa"
  | "aht"
  | "occupancy"
  | "staffed"
  | "busy"
  | "free";

export type Direction = "ascending" | "descending";

export interface Sorting {
  readonly key: ColumnKey;
  readonly direction: Direction;
}

/** What is nearest to breaking its promise stands on top until somebody chooses otherwise. */
export const SORTED_FIRST: Sorting = { key: "risk", direction: "descending" };

/** One column: what it is called and means, and what it is sorted by. */
export interface Column {
  readonly key: ColumnKey;
  readonly label: () => string;
  readonly hint?: () => string;
  readonly isNumber: boolean;
  /** Left out of the table of a narrower window. */
  readonly fromPx?: number;
  readonly of: (line: Line, span: Span) => number | string | null;
}

/** Of the window: below, there is no room for every figure. */
const WIDE_PX = 1680;
const MIDDLE_PX = 1100;

export const COLUMNS: readonly Column[] = [
  { key: "name", label: m.live_queue, isNumber: false, of: ({ name }) => name },
  { key: "risk", label: m.live_risk, hint: m.live_risk_hint, isNumber: false, of: pressure },
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
    fromPx: WIDE_PX,
    of: ({ figures }, span) => figures[span].asa_ms,
  },
  {
    key: "aht",
    label: m.live_aht,
    hint: m.live_aht_hint,
    isNumber: true,
    fromPx: WIDE_PX,
    of: ({ figures }, span) => figures[span].aht_ms,
  },
  {
    key: "occupancy",
    label: m.live_occupancy,
    hint: m.live_occupancy_hint,
    isNumber: true,
    fromPx: WIDE_PX,
    of: ({ figures }, span) => figures[span].occupancy,
  },
  {
    key: "staffed",
    label: m.live_staffed,
    hint: m.live_staffed_hint,
    isNumber: true,
    fromPx: MIDDLE_PX,
    of: ({ figures }) => figures.on_queue,
  },
  {
    key: "busy",
    label: m.live_busy_column,
    isNumber: true,
    fromPx: MIDDLE_PX,
    of: ({ figures }) => figures.on_queue - figures.free,
  },
  { key: "free", label: m.live_free, isNumber: true, of: ({ figures }) => figures.free },
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

/** Returns what stands in a cell of figures. */
export function cellWords(key: ColumnKey, line: Line, span: Span, nowMs: number): string {
  const { figures } = line;
  const window = figures[span];
  switch (key) {
    case "waiting":
      return String(figures.waiting);
    case "longest":
      return spanWords(waitedMs(figures, nowMs));
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
      return String(figures.on_queue);
    case "busy":
      return String(figures.on_queue - figures.free);
    case "free":
      return String(figures.free);
    default:
      return line.name;
  }
}
