/** The four figures on top of the Live page: each with its latest half hour, its limit and how it stands. Pure. */

import type { LiveLimits } from "@ucc/core/console/live_limits";
import type { IconName } from "@ucc/ui/icons";
import type { MinuteFigures, SubjectFigures } from "@ucc/wire";
import { m } from "../paraglide/messages";
import { type Line, shareWords, spanWords, waitedMs } from "./figures";

/** How a figure stands to its limit; without one it stands nowhere. */
export type Stand = "over" | "near" | "fine" | "none";

export interface Tile {
  readonly key: "waiting" | "longest" | "service_level" | "free";
  readonly label: string;
  readonly value: string;
  /** Stands small beside the value. */
  readonly unit: string;
  readonly stand: Stand;
  /** What the stand is called. */
  readonly word: string;
  /** The limit, in words. */
  readonly limit: string;
  readonly note: string;
  /** A value a minute, the latest last; null where there was none. */
  readonly points: readonly (number | null)[];
  readonly threshold: number | null;
  /** What the line says to who cannot see it. */
  readonly said: string;
}

export const ICONS: Readonly<Record<Stand, IconName | undefined>> = {
  over: "alert",
  near: "clock",
  fine: undefined,
  none: undefined,
};

/** From this part of a limit on a figure is near it. */
const NEAR = 0.8;
/** A service level is near its goal by so much below it. */
const NEAR_SHARE = 0.05;
const TREND_MINUTES = 10;

/** Returns the service level since midnight as it stood at the end of each minute; null before midnight. */
export function servicePoints({ day, minutes, midnight_ms }: SubjectFigures): (number | null)[] {
  let inTarget = day.in_target;
  let ended = day.served + day.abandoned;
  const points: (number | null)[] = [];
  for (const minute of minutes.toReversed()) {
    const isOfToday = minute.start_ms >= midnight_ms;
    points.unshift(isOfToday && ended > 0 ? inTarget / ended : null);
    inTarget -= minute.in_target;
    ended -= minute.served + minute.abandoned;
  }
  return points;
}

/** Returns the part of contacts that the queues promise to answer in time, the busier ones counting for more. */
export function goalOf(lines: readonly Line[]): number | null {
  const rated = lines.flatMap(({ queue, figures }) =>
    queue ? [{ queue, weight: figures.day.served + figures.day.abandoned }] : [],
  );
  const all = rated.reduce((sum, { weight }) => sum + weight, 0);
  if (!rated.length) return null;
  const weightOf = (weight: number): number => (all ? weight / all : 1 / rated.length);
  return rated.reduce((sum, { queue, weight }) => sum + (queue.answer_percent / 100) * weightOf(weight), 0);
}

/** Returns the queue whose contact has waited longest. */
export function longestOf(lines: readonly Line[]): Line | null {
  const waiting = lines.filter(({ figures }) => figures.longest_wait_ms !== null);
  const [first] = waiting.toSorted(
    (a, b) => (b.figures.longest_wait_ms ?? 0) - (a.figures.longest_wait_ms ?? 0),
  );
  return first ?? null;
}

function standOf(value: number | null, limit: number | null): Stand {
  if (limit === null || value === null) return "none";
  if (value > limit) return "over";
  return value > limit * NEAR ? "near" : "fine";
}

function said(points: readonly (number | null)[], words: (value: number) => string): string {
  const known = points.filter((one): one is number => one !== null);
  const [first, last] = [known.at(0), known.at(-1)];
  if (first === undefined || last === undefined) return m.live_line_empty();
  return m.live_line({
    from: words(first),
    to: words(last),
    least: words(Math.min(...known)),
    most: words(Math.max(...known)),
  });
}

function waitingTile(total: SubjectFigures, minutes: readonly MinuteFigures[], limit: number | null): Tile {
  const points = minutes.map(({ waiting }) => waiting);
  const stand = standOf(total.waiting, limit);
  const moved = total.waiting - (points.at(-1 - TREND_MINUTES) ?? total.waiting);
  return {
    key: "waiting",
    label: m.live_waiting(),
    value: String(total.waiting),
    unit: "",
    stand,
    word: { over: m.live_above(), near: m.live_near(), fine: m.live_within(), none: "" }[stand],
    limit: limit === null ? "" : m.live_limit({ limit }),
    note: m.live_moved({ by: moved > 0 ? `+${moved}` : moved < 0 ? `−${-moved}` : "±0" }),
    points,
    threshold: limit,
    said: said(points, String),
  };
}

function longestTile(minutes: readonly MinuteFigures[], lines: readonly Line[], nowMs: number): Tile {
  const longest = longestOf(lines);
  const wait = longest && waitedMs(longest.figures, nowMs);
  const targets = lines.flatMap(({ queue }) => (queue ? [queue.answer_s * 1000] : []));
  const least = targets.length ? Math.min(...targets) : null;
  const limit = longest?.queue ? longest.queue.answer_s * 1000 : least;
  const points = minutes.map(({ longest_wait_ms }) => longest_wait_ms ?? 0);
  const stand = standOf(wait, limit);
  return {
    key: "longest",
    label: m.live_longest(),
    value: spanWords(wait),
    unit: "",
    stand,
    word: { over: m.live_above(), near: m.live_near(), fine: m.live_within(), none: "" }[stand],
    limit: limit === null ? "" : m.live_limit({ limit: spanWords(limit) }),
    note: longest?.name ?? m.live_nobody(),
    points,
    threshold: limit,
    said: said(points, spanWords),
  };
}

function serviceTile(total: SubjectFigures, lines: readonly Line[]): Tile {
  const level = total.day.service_levels.of_arrived;
  const goal = goalOf(lines);
  const points = servicePoints(total);
  let stand: Stand = "none";
  if (level !== null && goal !== null)
    stand = level >= goal ? "fine" : level >= goal - NEAR_SHARE ? "near" : "over";
  return {
    key: "service_level",
    label: m.live_service_today(),
    value: shareWords(level),
    unit: "",
    stand,
    word: { over: m.live_below(), near: m.live_just_below(), fine: m.live_on_goal(), none: "" }[stand],
    limit: goal === null ? "" : m.live_goal({ goal: shareWords(goal) }),
    note: m.live_lately({ share: shareWords(total.recent.service_levels.of_arrived) }),
    points,
    threshold: goal,
    said: said(points, shareWords),
  };
}

function freeTile(total: SubjectFigures, minutes: readonly MinuteFigures[], limit: number | null): Tile {
  const points = minutes.map(({ free }) => free);
  let stand: Stand = "none";
  if (limit !== null) stand = total.free < limit ? "over" : total.free === limit ? "near" : "fine";
  return {
    key: "free",
    label: m.live_agents_free(),
    value: String(total.free),
    unit: m.live_on_queue({ count: total.on_queue }),
    stand,
    word: { over: m.live_too_few(), near: m.live_just_enough(), fine: m.live_enough(), none: "" }[stand],
    limit: limit === null ? "" : m.live_least({ limit }),
    note: m.live_busy({ count: total.on_queue - total.free }),
    points,
    threshold: limit,
    said: said(points, String),
  };
}

/** Returns the four tiles of a tenant's figures at this moment. */
export function tilesOf(
  total: SubjectFigures,
  lines: readonly Line[],
  limits: LiveLimits,
  nowMs: number,
): Tile[] {
  const { minutes } = total;
  return [
    waitingTile(total, minutes, limits.waiting),
    longestTile(minutes, lines, nowMs),
    serviceTile(total, lines),
    freeTile(total, minutes, limits.free),
  ];
}

/** The lowest and the highest value a line is drawn between: counts from 0, a share around what it is. */
export function scaleOf({
  key,
  points,
  threshold,
}: Pick<Tile, "key" | "points" | "threshold">): [number, number] {
  const values = [...points, threshold].filter((one): one is number => one !== null);
  const most = Math.max(...values, 0);
  if (key !== "service_level") return [0, most || 1];
  return [Math.max(0, Math.min(...values, 1) - NEAR_SHARE), Math.min(1, most + NEAR_SHARE)];
}
