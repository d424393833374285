/** An agent's day in figures: where it begins, and the line over its hours. Pure. */

export const HOURS_SHOWN_MIN = 8;

/** Returns the reader's last midnight. */
export function midnightOf(nowMs: number): number {
  const day = new Date(nowMs);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

export interface HourLine {
  /** Hours since midnight of the first and the last point. */
  readonly first: number;
  readonly last: number;
  readonly counts: readonly number[];
}

/** Leaves out the hours before work began, but shows some, so that a line can be seen. */
export function hourLine(handledByHour: readonly number[]): HourLine {
  const last = handledByHour.length - 1;
  const begun = handledByHour.findIndex((count) => count > 0);
  const latest = Math.max(0, last - HOURS_SHOWN_MIN + 1);
  const first = begun < 0 ? latest : Math.min(begun, latest);
  return { first, last, counts: handledByHour.slice(first) };
}

/** Returns the points of a line in a box, "x,y" one after another. */
export function pointsOf(counts: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...counts);
  const step = counts.length > 1 ? width / (counts.length - 1) : 0;
  const round = (value: number): number => Math.round(value * 10) / 10;
  const at = (count: number, place: number): string =>
    `${round(place * step)},${round(height - (count / most) * height)}`;
  return counts.map(at).join(" ");
}
