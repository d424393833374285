/** Dates and times as the reader's language writes them. */
import { getLocale } from "../paraglide/runtime";

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(key: string, options: Intl.DateTimeFormatOptions, atMs: number): string {
  const name = `${getLocale()}:${key}`;
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(getLocale(), options);
    formats.set(name, made);
  }
  return made.format(atMs);
}

/** Return the time of today, else the day, else the day with its year. */
export function timeOf(atMs: number, nowMs = Date.now()): string {
  const then = new Date(atMs);
  const now = new Date(nowMs);
  if (then.toDateString() === now.toDateString())
    return format("time", { hour: "2-digit", minute: "2-digit" }, atMs);
  if (then.getFullYear() === now.getFullYear())
    return format("day", { day: "numeric", month: "short" }, atMs);
  return dateOf(atMs);
}

/** Return the day with its year. */
export function dateOf(atMs: number): string {
  return format("date", { day: "numeric", month: "short", year: "numeric" }, atMs);
}

/** Return the day and the time, for the record. */
export function momentOf(atMs: number): string {
  return format("moment", { dateStyle: "medium", timeStyle: "medium" }, atMs);
}

/** Return how long ago something was, in words: "3 days ago". */
export function agoOf(atMs: number, nowMs = Date.now()): string {
  const words = new Intl.RelativeTimeFormat(getLocale(), { numeric: "auto", style: "short" });
  const past = nowMs - atMs;
  if (past < 3_600_000) return words.format(-Math.floor(past / 60_000), "minute");
  if (past < DAY_MS) return words.format(-Math.floor(past / 3_600_000), "hour");
  if (past < 45 * DAY_MS) return words.format(-Math.floor(past / DAY_MS), "day");
  return dateOf(atMs);
}
