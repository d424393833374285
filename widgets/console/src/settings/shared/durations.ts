/** Seconds as people say them: 45 s, 2 min, 4 h; and the unit a figure is best edited in. */
import { m } from "../../paraglide/messages";

export type Unit = "s" | "min" | "h";
export const UNIT_SECONDS: Record<Unit, number> = { s: 1, min: 60, h: 3600 };

/** Return the largest unit that shows the seconds as a whole number. */
export function unitOf(seconds: number | null): Unit {
  if (!seconds) return "s";
  if (seconds % 3600 === 0) return "h";
  return seconds % 60 === 0 ? "min" : "s";
}

/** Return the word of a unit. */
export function unitWord(unit: Unit): string {
  return { s: m.unit_s(), min: m.unit_min(), h: m.unit_h() }[unit];
}

/** Return seconds in words. */
export function spanOf(seconds: number): string {
  const unit = unitOf(seconds);
  return `${seconds / UNIT_SECONDS[unit]} ${unitWord(unit)}`;
}
