/** The agents on the Live page: who is in trouble, who is busy, free or away, and in which order they stand. Pure. */

import { clockOf } from "@ucc/ui/text";
import type { Medium, TeamMember, WorkInHand } from "@ucc/wire";
import { m } from "../paraglide/messages";
import { getLocale } from "../paraglide/runtime";

/** How long a contact is left without an answer before it is a trouble, where the queue promises nothing. */
const UNANSWERED_MS = 5 * 60_000;

export type TroubleKind = "not_responding" | "break_over" | "wrap_up_over" | "unanswered";

/** What a supervisor has to look at, and since when it is so. */
export interface Trouble {
  readonly kind: TroubleKind;
  readonly sinceMs: number;
}

export type AgentGroup = "trouble" | "busy" | "free" | "off_queue" | "offline";

/** Agents of one group in their order. */
export interface Group {
  readonly key: AgentGroup;
  readonly ids: readonly number[];
}

const GROUPS: readonly AgentGroup[] = ["trouble", "busy", "free", "off_queue", "offline"];
const TROUBLES: readonly TroubleKind[] = ["not_responding", "break_over", "wrap_up_over", "unanswered"];

/** Returns since when a contact waits too long: the promise passed, or without one five minutes. */
export function unansweredSince(
  { waiting_since_ms: since, due_at_ms: due }: WorkInHand,
  nowMs: number,
): number | null {
  if (since === null) return null;
  return nowMs > (due ?? since + UNANSWERED_MS) ? since : null;
}

function earliest(moments: readonly (number | null)[], nowMs: number): number | null {
  const passed = moments.filter((one): one is number => one !== null && one < nowMs);
  return passed.length ? Math.min(...passed) : null;
}

/** Returns the most pressing trouble of an agent, or null. */
export function troubleOf({ presence, work, break_over_at_ms }: TeamMember, nowMs: number): Trouble | null {
  const since: Readonly<Record<TroubleKind, number | null>> = {
    not_responding: presence.is_blocked && presence.session !== "offline" ? presence.since_ms : null,
    break_over: break_over_at_ms,
    wrap_up_over: earliest(
      work.map((one) => one.wrap_up_over_at_ms),
      nowMs,
    ),
    unanswered: earliest(
      work.map((one) => unansweredSince(one, nowMs)),
      nowMs,
    ),
  };
  for (const kind of TROUBLES) {
    const sinceMs = since[kind];
    if (sinceMs !== null) return { kind, sinceMs };
  }
  return null;
}

/** Returns where an agent stands. */
export function groupOf(member: TeamMember, nowMs: number): AgentGroup {
  if (troubleOf(member, nowMs)) return "trouble";
  if (member.work.length) return "busy";
  if (member.presence.session === "offline") return "offline";
  return member.presence.status === "on_queue" ? "free" : "off_queue";
}

/** Returns the groups that have anybody: troubles by kind, the longest first; the others by name. */
export function arranged(team: readonly TeamMember[], nowMs: number): readonly Group[] {
  const compareNames = new Intl.Collator(getLocale()).compare;
  const found = team.map((member) => {
    const trouble = troubleOf(member, nowMs);
    const rank = trouble ? TROUBLES.indexOf(trouble.kind) : 0;
    return { member, group: groupOf(member, nowMs), rank, sinceMs: trouble?.sinceMs ?? 0 };
  });
  found.sort(
    (a, b) => a.rank - b.rank || a.sinceMs - b.sinceMs || compareNames(a.member.name, b.member.name),
  );
  return GROUPS.map((key) => ({
    key,
    ids: found.filter(({ group }) => group === key).map(({ member }) => member.presence.agent_id),
  })).filter(({ ids }) => ids.length);
}

/** Returns whether something may be done to an agent together with others: who is signed in. */
export function mayBeChosen({ presence }: TeamMember): boolean {
  return presence.session !== "offline";
}

/** Returns the team as it is now, with those who are as they were before as the same objects: they are not drawn again. */
export function settled(
  before: readonly TeamMember[] | null,
  now: readonly TeamMember[],
): readonly TeamMember[] {
  const known = new Map(before?.map((one) => [one.presence.agent_id, one]));
  return now.map((one) => {
    const old = known.get(one.presence.agent_id);
    return old && JSON.stringify(old) === JSON.stringify(one) ? old : one;
  });
}

/** Returns the team with those put in who moved; the same team if nothing is different. */
export function withMoved(team: readonly TeamMember[], moved: readonly TeamMember[]): readonly TeamMember[] {
  const news = new Map(settled(team, moved).map((one) => [one.presence.agent_id, one]));
  const kept = team.map((one) => {
    const now = news.get(one.presence.agent_id) ?? one;
    news.delete(one.presence.agent_id);
    return now;
  });
  const isSame = !news.size && kept.every((one, place) => one === team[place]);
  return isSame ? team : [...kept, ...news.values()];
}

/** Units of one medium: in hand, of how many. */
export interface Units {
  readonly medium: Medium;
  readonly used: number;
  readonly max: number;
}

/** Returns the media an agent takes or has in hand, in the order of their capacity. */
export function unitsOf({ presence }: TeamMember): readonly Units[] {
  const { capacity, load } = presence;
  return (Object.keys({ ...capacity, ...load }) as Medium[])
    .map((medium) => ({ medium, used: load[medium] ?? 0, max: capacity[medium] ?? 0 }))
    .filter(({ used, max }) => used || max);
}

/** Returns the queues an agent's work in hand came by, each once. */
export function queuesOf({ work }: TeamMember): string {
  return [...new Set(work.flatMap(({ queue_name }) => queue_name ?? []))].join(" · ");
}

/** Returns a trouble in words, with how long it lasts. */
export function troubleWords({ kind, sinceMs }: Trouble, nowMs: number): string {
  const time = clockOf(Math.max(0, nowMs - sinceMs) / 1000);
  switch (kind) {
    case "not_responding":
      return m.frame_not_responding();
    case "break_over":
      return m.live_break_over({ time });
    case "wrap_up_over":
      return m.live_wrap_up_over({ time });
    case "unanswered":
      return m.live_unanswered({ time });
  }
}
