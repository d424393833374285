/** A week of opening hours while it is edited: minutes instead of texts, checks, and the bars of a day. Pure. */

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
export const DAY_MINUTES = 1440;

/** From and to as HH:MM; 24:00 is the end of the day. */
export type Interval = [string, string];

/** Return the minutes of HH:MM (also "9", "930", "9.30"), or null if it is no time of day. */
export function minutesOf(text: string): number | null {
  const found = /^(\d{1,2})(?:[:.：h]?(\d{2}))?$/u.exec(text.trim());
  if (!found) return null;
  const minutes = Number(found[1]) * 60 + Number(found[2] ?? 0);
  return Number(found[2] ?? 0) < 60 && minutes <= DAY_MINUTES ? minutes : null;
}

/** Return minutes as HH:MM. */
export function textOfMinutes(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** What is wrong with the intervals of one day. */
export type Fault = "no_time" | "backwards" | "overlap";

/** Return the first fault of a day's intervals, or null. */
export function faultOf(intervals: readonly Interval[]): Fault | null {
  const spans: [number, number][] = [];
  for (const [from, to] of intervals) {
    const start = minutesOf(from);
    const end = minutesOf(to);
    if (start === null || end === null) return "no_time";
    if (end <= start) return "backwards";
    spans.push([start, end]);
  }
  spans.sort((one, other) => one[0] - other[0]);
  const isOverlapping = spans.some(([start], at) => at > 0 && start < (spans[at - 1]?.[1] ?? 0));
  return isOverlapping ? "overlap" : null;
}

/** Return the intervals in order and written alike. */
export function tidied(intervals: readonly Interval[]): Interval[] {
  return intervals
    .map(([from, to]): [number, number] => [minutesOf(from) ?? 0, minutesOf(to) ?? 0])
    .toSorted((one, other) => one[0] - other[0])
    .map(([from, to]) => [textOfMinutes(from), textOfMinutes(to)]);
}

/** Return where the bars of a day stand, in percent of 24 h. */
export function barsOf(intervals: readonly Interval[]): { left: number; width: number }[] {
  return intervals.flatMap(([from, to]) => {
    const start = minutesOf(from);
    const end = minutesOf(to);
    if (start === null || end === null || end <= start) return [];
    return [{ left: (start / DAY_MINUTES) * 100, width: ((end - start) / DAY_MINUTES) * 100 }];
  });
}

/** Return the interval a click on "add" brings: after the last one, else the day's usual hours. */
export function nextInterval(intervals: readonly Interval[]): Interval {
  const last = intervals
    .map(([, to]) => minutesOf(to) ?? 0)
    .toSorted((one, other) => one - other)
    .at(-1);
  if (last === undefined) return ["09:00", "18:00"];
  const start = Math.min(last + 60, DAY_MINUTES - 60);
  return [textOfMinutes(start), textOfMinutes(Math.min(start + 180, DAY_MINUTES))];
}
