/** The ring of the SLA chip: how much of the time to answer is used, and how loudly to say so. */

import type { Conversation, SlaAlert, SlaClock } from "@ucc/wire";

export const WARN_AT = 0.5;
export const DANGER_AT = 0.8;

export type SlaLevel = "calm" | "warn" | "danger" | "breached";

export interface Sla {
  readonly level: SlaLevel;
  /** Milliseconds to the deadline; negative once it passed. */
  readonly left_ms: number;
  /** Share of the target that is left, 0–1. */
  readonly left: number;
  /** The promise that is broken, where it is not the answer the contact waits for now. */
  readonly broken?: SlaClock;
}

const OVER: ReadonlySet<string> = new Set(["closed", "abandoned", "cancelled", "failed"]);
const UNANSWERED: ReadonlySet<string> = new Set(["queued", "offered"]);

/** Says whether what was told of a clock is still so: a response ends it, as taking, or the end, does. */
function stands(alert: SlaAlert, row: Conversation): boolean {
  const state = row.interaction?.state ?? "closed";
  if (alert.clock === "answer") return UNANSWERED.has(state);
  if (alert.clock === "resolution") return !OVER.has(state);
  return row.waiting_since_ms !== null && alert.at_ms >= row.waiting_since_ms;
}

/** Reads a conversation's clocks, the answer that is waited for first; null when none runs or is broken. */
export function slaOf(row: Conversation, nowMs: number): Sla | null {
  const due = dueOf(row, nowMs);
  if (due?.level === "danger" || due?.level === "breached") return due;
  const told = row.sla_alerts.filter((alert) => stands(alert, row));
  const broken = told.find((alert) => alert.kind === "breached");
  if (broken)
    return { level: "breached", left_ms: Math.min(0, broken.at_ms - nowMs), left: 0, broken: broken.clock };
  return due && told.length ? { ...due, level: "warn" } : due;
}

function dueOf(row: Conversation, nowMs: number): Sla | null {
  if (row.due_at_ms === null || row.waiting_since_ms === null) return null;
  const leftMs = row.due_at_ms - nowMs;
  const targetMs = row.target_s === null ? row.due_at_ms - row.waiting_since_ms : row.target_s * 1000;
  const left = targetMs > 0 ? Math.min(1, Math.max(0, leftMs / targetMs)) : 0;
  const used = 1 - left;
  const level: SlaLevel =
    leftMs <= 0 ? "breached" : used >= DANGER_AT ? "danger" : used >= WARN_AT ? "warn" : "calm";
  return { level, left_ms: leftMs, left };
}
