/** Lays the log out: day dividers, groups of one author within a minute, system lines, delivery ticks. Pure. */

import { Author, EntryKind, SystemCode, type SystemEvent, type VisitorEntry, VisitorPhase } from "@ucc/wire";
import { type ChatState, isFromTeam, type Pending } from "./state";

export const GROUP_MS = 60_000;

/** clock: on its way · sent: stored · delivered: an agent's screen has it · read · failed. */
export type Tick = "clock" | "sent" | "delivered" | "read" | "failed";

export type Line = { readonly entry: VisitorEntry } | { readonly pending: Pending };

export type LogItem =
  | { readonly kind: "day"; readonly key: string; readonly at_ms: number }
  | { readonly kind: "system"; readonly key: string; readonly system: SystemEvent }
  | {
      readonly kind: "group";
      readonly key: string;
      readonly isOwn: boolean;
      readonly name: string | null;
      readonly at_ms: number;
      readonly tick: Tick | null;
      readonly lines: readonly Line[];
    };

type Group = Extract<LogItem, { kind: "group" }>;

/** System entries a visitor is told; the others only move the state around the log. */
const TOLD: readonly string[] = [
  SystemCode.JOINED,
  SystemCode.TRANSFERRED,
  SystemCode.RESOLVED,
  SystemCode.ABANDONED,
];

const isUnsent = (tick: Tick | null): Tick | false => (tick === "clock" || tick === "failed") && tick;

/** Returns the tick of a stored message of the visitor. */
export function tickOf(entry: VisitorEntry, state: ChatState): Tick {
  if (entry.seq <= (state.visitor?.agent_read_seq ?? 0)) return "read";
  const isAnswered = state.entries.some((other) => other.seq > entry.seq && isFromTeam(other));
  return isAnswered || state.visitor?.phase === VisitorPhase.ACTIVE ? "delivered" : "sent";
}

/** Returns the log from top to bottom; `dayOf` gives a calendar day in the visitor's zone. */
export function layOut(state: ChatState, dayOf: (atMs: number) => string): LogItem[] {
  const items: LogItem[] = [];
  let day = "";
  let group: Group | null = null;

  const divide = (atMs: number): void => {
    const next = dayOf(atMs);
    if (next === day) return;
    day = next;
    group = null;
    items.push({ kind: "day", key: `day-${next}`, at_ms: atMs });
  };

  const join = (line: Line, next: Omit<Group, "lines">): void => {
    const isSame = group?.isOwn === next.isOwn && group.name === next.name;
    // What is on its way, what failed and what is stored never share a line about it.
    const isAlike = group && isUnsent(group.tick) === isUnsent(next.tick);
    if (group && isSame && isAlike && next.at_ms - group.at_ms < GROUP_MS) {
      const joined: Group = { ...group, at_ms: next.at_ms, tick: next.tick, lines: [...group.lines, line] };
      items[items.length - 1] = joined;
      group = joined;
    } else {
      group = { ...next, lines: [line] };
      items.push(group);
    }
  };

  for (const entry of state.entries) {
    const isSystem = entry.kind === EntryKind.SYSTEM;
    if (isSystem && !(entry.system && TOLD.includes(entry.system.code))) continue;
    divide(entry.at_ms);
    if (isSystem && entry.system) {
      group = null;
      items.push({ kind: "system", key: `e${entry.seq}`, system: entry.system });
    } else {
      const isOwn = entry.author === Author.CONTACT;
      const tick = isOwn ? tickOf(entry, state) : null;
      const key = entry.client_id ?? `e${entry.seq}`;
      join({ entry }, { kind: "group", key, isOwn, name: entry.name, at_ms: entry.at_ms, tick });
    }
  }
  for (const pending of state.pending) {
    divide(pending.at_ms);
    const tick = pending.failure ? "failed" : "clock";
    join(
      { pending },
      { kind: "group", key: pending.client_id, isOwn: true, name: null, at_ms: pending.at_ms, tick },
    );
  }
  return items;
}
