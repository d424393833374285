/** Opening hours while they are edited. Pure. */
import type { Hours, HoursWrite } from "@ucc/wire";
import { DAYS, type Day, faultOf, type Interval, tidied } from "./week";

/** A day with other hours than its weekday. */
export interface HolidayDraft {
  date: string;
  name: string;
  open: Interval[];
}

/** The fields of the form. */
export interface HoursDraft {
  name: string;
  time_zone: string;
  week: Record<Day, Interval[]>;
  holidays: HolidayDraft[];
}

function copied(intervals: readonly (readonly [string, string])[] | undefined): Interval[] {
  return (intervals ?? []).map(([from, to]) => [from, to]);
}

/** Return the draft of opening hours; new ones are open on working days in the browser's time zone. */
export function draftOf(hours: Hours | null): HoursDraft {
  const usual = (day: Day): Interval[] => (day === "sat" || day === "sun" ? [] : [["09:00", "18:00"]]);
  const week = Object.fromEntries(DAYS.map((day) => [day, hours ? copied(hours.week[day]) : usual(day)]));
  return {
    name: hours?.name ?? "",
    time_zone: hours?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    week: week as Record<Day, Interval[]>,
    holidays: (hours?.holidays ?? []).map((one) => ({
      date: one.date,
      name: one.name ?? "",
      open: copied(one.open),
    })),
  };
}

/** Return whether some day cannot be saved as it stands. */
export function hasFault(draft: HoursDraft): boolean {
  const days = [...DAYS.map((day) => draft.week[day]), ...draft.holidays.map((one) => one.open)];
  return days.some((intervals) => faultOf(intervals) !== null);
}

/** Return what is written: intervals in order, holidays by date. */
export function writeOf(draft: HoursDraft): HoursWrite {
  return {
    name: draft.name.trim(),
    time_zone: draft.time_zone,
    week: Object.fromEntries(DAYS.map((day) => [day, tidied(draft.week[day])])),
    holidays: draft.holidays
      .filter((one) => one.date)
      .map((one) => ({ ...one, name: one.name.trim(), open: tidied(one.open) }))
      .toSorted((one, other) => one.date.localeCompare(other.date)),
  };
}
