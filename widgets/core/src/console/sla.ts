/** The ring of the SLA chip: how much of the time to answer is used, and how loudly to say so. */

import type { Conversation } from "@ucc/wire";

export const WARN_AT = 0.5;
export const DANGER_AT = 0.8;

export type SlaLevel = "calm" | "warn" | "danger" | "breached";

export interface Sla {
  readonly level: SlaLevel;
  /** Milliseconds to the deadline; negative once it passed. */
  readonly left_ms: number;
  /** Share of the target that is left, 0–1. */
  readonly left: number;
}

/** Reads the running clock of a conversation; null when no clock runs. */
export function slaOf(row: Conversation, nowMs: number): Sla | null {
  if (row.due_at_ms === null || row.waiting_since_ms === null) return null;
  const leftMs = row.due_at_ms - nowMs;
  const targetMs = row.target_s === null ? row.due_at_ms - row.waiting_since_ms : row.target_s * 1000;
  const left = targetMs > 0 ? Math.min(1, Math.max(0, leftMs / targetMs)) : 0;
  const used = 1 - left;
  const level: SlaLevel =
    leftMs <= 0 ? "breached" : used >= DANGER_AT ? "danger" : used >= WARN_AT ? "warn" : "calm";
  return { level, left_ms: leftMs, left };
}
