/** Dates and times as the reader's language writes them. */
import { getLocale } from "../paraglide/runtime";

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Return the reader's region of the language on the screen: English readers differ in clocks and dates. */
export function regionOf(locale: string, wanted: readonly string[] = navigator.languages): string {
  return locale === "en" ? (wanted.find((one) => one.startsWith("en-")) ?? locale) : locale;
}

/** Return a moment in one of the formats of `Intl`. */
export function formatted(options: Intl.DateTimeFormatOptions, atMs: number): string {
  const region = regionOf(getLocale());
  const key = region + JSON.stringify(options);
  const made = formats.get(key) ?? new Intl.DateTimeFormat(region, options);
  formats.set(key, made);
  return made.format(atMs);
}

/** Return the time of day. */
export function hourOf(atMs: number, timeZone?: string): string {
  return formatted({ hour: "numeric", minute: "2-digit", ...(timeZone ? { timeZone } : {}) }, atMs);
}

/** Return the time of today, else the day, else the day with its year. */
export function timeOf(atMs: number, nowMs = Date.now()): string {
  const then = new Date(atMs);
  const now = new Date(nowMs);
  if (then.toDateString() === now.toDateString()) return hourOf(atMs);
  if (then.getFullYear() === now.getFullYear()) return formatted({ day: "numeric", month: "short" }, atMs);
  return dateOf(atMs);
}

/** Return the day with its year. */
export function dateOf(atMs: number): string {
  return formatted({ day: "numeric", month: "short", year: "numeric" }, atMs);
}

/** Return the day and the time, for the record. */
export function momentOf(atMs: number): string {
  return formatted({ dateStyle: "medium", timeStyle: "medium" }, atMs);
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
