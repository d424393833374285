/** How near a queue is to breaking its promise to who waits there. Pure. */

import { type Line, standingOf, waitedMs } from "./figures";

export type RiskLevel = "breached" | "soon" | "watch" | "safe";
const RANK: Readonly<Record<RiskLevel, number>> = { breached: 3, soon: 2, watch: 1, safe: 0 };

/** Parts of the answer target that have run, from which on who waits longest is watched, or soon too late. */
const WATCH = 0.5;
const SOON = 0.8;

/** Returns which part of the answer target has run for who has waited longest; 0 where nobody waits. */
function shareRun(line: Line, nowMs: number): number {
  const waited = waitedMs(line.figures, nowMs);
  return waited === null || !line.queue ? 0 : waited / (line.queue.answer_s * 1000);
}

/** Returns how pressing a queue is. Who waits where nobody works, or nothing is offered, is soon too late. */
export function riskOf(line: Line, nowMs: number): RiskLevel {
  const run = shareRun(line, nowMs);
  if (run >= 1) return "breached";
  const standing = standingOf(line.queue);
  const isStuck = line.figures.waiting > 0 && (standing === "unstaffed" || standing === "paused");
  if (run >= SOON || isStuck) return "soon";
  return run >= WATCH ? "watch" : "safe";
}

/** Returns a number that is higher the more pressing a queue was when its figures were told: the level, then by how much. */
export function pressure(line: Line): number {
  const at = line.figures.at_ms;
  const run = shareRun(line, at);
  return RANK[riskOf(line, at)] + run / (1 + run);
}
