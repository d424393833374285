/** Times, sizes and names as the visitor reads them. */

import type { Words } from "./words";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A calendar day in the visitor's zone, to tell days apart. */
export const dayOf = (atMs: number): string => new Date(atMs).toDateString();

export const clock = (atMs: number, locale: string): string =>
  new Date(atMs).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Returns “Today”, “Yesterday” or the date. */
export function dayName(atMs: number, nowMs: number, locale: string, words: Words): string {
  if (dayOf(atMs) === dayOf(nowMs)) return words.today;
  if (dayOf(atMs) === dayOf(nowMs - DAY_MS)) return words.yesterday;
  return new Date(atMs).toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long" });
}

/** Returns when it opens: “Monday at 09:00” within a week, else with the date. */
export function openingAt(atMs: number, nowMs: number, locale: string): string {
  const isSoon = atMs - nowMs < 6 * DAY_MS;
  const day = new Date(atMs).toLocaleDateString(
    locale,
    isSoon ? { weekday: "long" } : { weekday: "long", day: "numeric", month: "long" },
  );
  const time = clock(atMs, locale);
  return locale === "en" ? `${day} at ${time}` : `${day} ${time}`;
}

/** Returns a length of time in its two largest units: “13 hr 20 min”. */
export function duration(ms: number, locale: string): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(minutes / 1440), "day"],
    [Math.floor((minutes % 1440) / 60), "hour"],
    [minutes % 60, "minute"],
  ];
  const shown = parts.filter(([count]) => count > 0).slice(0, 2);
  return shown
    .map(([count, unit]) => count.toLocaleString(locale, { style: "unit", unit, unitDisplay: "short" }))
    .join(" ");
}

/** Returns “48 MB”, “310 kB”. */
export function size(bytes: number, locale: string): string {
  const isLarge = bytes >= 1_000_000;
  return (bytes / (isLarge ? 1_048_576 : 1_024)).toLocaleString(locale, {
    style: "unit",
    unit: isLarge ? "megabyte" : "kilobyte",
    unitDisplay: "short",
    maximumFractionDigits: isLarge && bytes < 10_000_000 ? 1 : 0,
  });
}

/** Returns what stands in a round picture: the first sign of the name. */
export const initial = (name: string): string => [...name.trim()][0]?.toUpperCase() ?? "";

/** Returns one of six hues for a name, always the same. */
export const hueOf = (name: string): number => {
  let sum = 0;
  for (const sign of name) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 997;
  return (sum % 6) + 1;
};
