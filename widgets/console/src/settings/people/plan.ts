/** A day of somebody's plan while it is edited: times instead of moments, in the reader's time zone. Pure. */
import type { AgentPlan, PlannedBreak } from "@ucc/wire";
import { DAY_MINUTES, minutesOf, textOfMinutes } from "../hours/week";

const KEPT_MS = 86_400_000;

type Reason = PlannedBreak["reason"];

/** From and to as HH:MM; a shift whose end is before its start ends the next day. */
export interface Span {
  from: string;
  to: string;
}

export interface Rest extends Span {
  reason: Reason;
}

/** What is planned of one day. */
export interface DayDraft {
  shifts: Span[];
  breaks: Rest[];
}

/** A plan as it is written. */
export type Planned = Pick<AgentPlan, "shifts" | "breaks">;

export type PlanFault = "no_time" | "empty" | "overlap";

/** Returns the day a moment is in: 2026-11-30. */
export function dateOf(atMs: number): string {
  const at = new Date(atMs);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Returns the date so many days later. */
export function dateAfter(date: string, days: number): string {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return dateOf(new Date(year, month - 1, day + days, 12).getTime());
}

/** Returns a time of a date, minutes beyond 24 h the next day: right across changes of the clock. */
function momentOf(date: string, minutes: number): number {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return new Date(year, month - 1, day, 0, minutes).getTime();
}

function timeOf(atMs: number): string {
  const at = new Date(atMs);
  return textOfMinutes(at.getHours() * 60 + at.getMinutes());
}

/** Returns the time something ends: midnight is the end of the day before. */
function endOf(atMs: number): string {
  const time = timeOf(atMs);
  return time === "00:00" ? textOfMinutes(DAY_MINUTES) : time;
}

/** Returns the date a break is planned with: that of the shift it is in, which may have begun the day before. */
function dateOfBreak({ from_ms }: PlannedBreak, plan: AgentPlan): string {
  const within = plan.shifts.find((shift) => shift.from_ms <= from_ms && from_ms < shift.to_ms);
  return dateOf(within?.from_ms ?? from_ms);
}

/** Returns what is planned of a day. */
export function dayOf(plan: AgentPlan, date: string): DayDraft {
  return {
    shifts: plan.shifts
      .filter((shift) => dateOf(shift.from_ms) === date)
      .map((shift) => ({ from: timeOf(shift.from_ms), to: endOf(shift.to_ms) })),
    breaks: plan.breaks
      .filter((one) => dateOfBreak(one, plan) === date)
      .map((one) => ({ from: timeOf(one.from_ms), to: endOf(one.to_ms), reason: one.reason })),
  };
}

/** Returns minutes from the day's beginning; null: no time, or no length. Times before `start` are of the next day. */
function minutesIn({ from, to }: Span, start: number): [number, number] | null {
  const [first, last] = [minutesOf(from), minutesOf(to)];
  if (first === null || last === null || first === last) return null;
  const begins = first < start ? first + DAY_MINUTES : first;
  const offset = begins - first;
  return [begins, last > first ? last + offset : last + offset + DAY_MINUTES];
}

/** Returns from when on a day's breaks are counted: a night shift's are of the next day before its start. */
function startOf(shifts: readonly Span[]): number {
  const spans = shifts.map((shift) => minutesIn(shift, 0));
  const isNight = spans.some((span) => span !== null && span[1] > DAY_MINUTES);
  return isNight ? Math.min(...spans.flatMap((span) => (span ? [span[0]] : []))) : 0;
}

/** Returns the first fault of a day, or null. */
export function faultOfDay({ shifts, breaks }: DayDraft): PlanFault | null {
  const start = startOf(shifts);
  for (const [spans, from] of [
    [shifts, 0],
    [breaks, start],
  ] as const) {
    const placed: [number, number][] = [];
    for (const span of spans) {
      if (minutesOf(span.from) === null || minutesOf(span.to) === null) return "no_time";
      const minutes = minutesIn(span, from);
      if (!minutes) return "empty";
      placed.push(minutes);
    }
    placed.sort(([one], [other]) => one - other);
    if (placed.some(([begins], at) => at > 0 && begins < (placed[at - 1]?.[1] ?? 0))) return "overlap";
  }
  return null;
}

/** Returns the plan with this day in the place of what was planned of it; what is long over is forgotten. */
export function withDay(plan: AgentPlan, date: string, day: DayDraft, nowMs: number): Planned {
  const start = startOf(day.shifts);
  const placed = (span: Span, from: number): { from_ms: number; to_ms: number } => {
    const [begins, ends] = minutesIn(span, from) ?? [0, 0];
    return { from_ms: momentOf(date, begins), to_ms: momentOf(date, ends) };
  };
  const isKept = ({ to_ms }: { to_ms: number }): boolean => to_ms > nowMs - KEPT_MS;
  const byTime = (one: { from_ms: number }, other: { from_ms: number }): number =>
    one.from_ms - other.from_ms;
  return {
    shifts: [
      ...plan.shifts.filter((shift) => isKept(shift) && dateOf(shift.from_ms) !== date),
      ...day.shifts.map((span) => placed(span, 0)),
    ].toSorted(byTime),
    breaks: [
      ...plan.breaks.filter((one) => isKept(one) && dateOfBreak(one, plan) !== date),
      ...day.breaks.map((rest) => ({ ...placed(rest, start), reason: rest.reason })),
    ].toSorted(byTime),
  };
}

/** Returns the shift a click on "add" brings. */
export function nextShift(shifts: readonly Span[]): Span {
  const last = shifts.at(-1);
  return last
    ? { from: last.to, to: textOfMinutes(Math.min((minutesOf(last.to) ?? 0) + 240, DAY_MINUTES)) }
    : { from: "09:00", to: "17:30" };
}

/** Returns the break a click on "add" brings: a meal at noon, then a quarter of an hour two hours after the last. */
export function nextBreak(breaks: readonly Rest[]): Rest {
  const last = breaks.at(-1);
  if (!last) return { from: "12:30", to: "13:00", reason: "meal" };
  const begins = ((minutesOf(last.to) ?? 0) + 120) % DAY_MINUTES;
  return { from: textOfMinutes(begins), to: textOfMinutes(begins + 15), reason: "break" };
}
