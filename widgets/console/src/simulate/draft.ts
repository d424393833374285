/** What a supervisor writes into the form, and what becomes of it on the way to the server. */
import type {
  AgentChoice,
  Assumed,
  OverflowChanged,
  QueueChanged,
  QueueOrder,
  Requirement,
  SimulationBasis,
  SimulationWrite,
} from "@ucc/wire";
import type { Condition } from "../routing/words";
import { pruned } from "../settings/queues/condition";
import {
  type OverflowDraft,
  overflowOf,
  type StepDraft,
  stepDraftOf,
  stepOf,
} from "../settings/queues/draft";

/** More people for some hours. */
export interface AddedDraft {
  count: number | null;
  skills: Requirement[];
  from: string;
  until: string;
}

/** One of the day's people, with other skills or away. */
export interface AgentDraft {
  agent_id: number;
  /** Null: as they were. */
  skills: Requirement[] | null;
  isAway: boolean;
  from: string;
  until: string;
}

/** One of the day's queues with another policy; null: as it was. */
export interface QueueDraft {
  queue_id: number;
  requirement: Requirement[] | null;
  /** In a box: none instead of the day's is a change too. */
  condition: { tree: Condition | null } | null;
  relaxation: StepDraft[] | null;
  overflow: OverflowDraft | null;
  agent_choice: AgentChoice | null;
  order_by: QueueOrder | null;
  /** Pieces of work an hour, of a queue ordered by share. */
  share_per_hour: number | null;
  /** Free agents kept for its own work. */
  reserve: number | null;
}

/** What is taken for granted of a day nobody recorded; a figure that is being typed may be empty. */
export interface AssumedDraft {
  contacts_per_hour: number | null;
  service_s: number | null;
  wrap_up_s: number | null;
  patience_s: number | null;
  from: string;
  until: string;
}

export interface Draft {
  date: string;
  basis: SimulationBasis;
  /** Percent of the day's contacts, of a forecast. */
  volume: number | null;
  /** More days whose contacts count for a forecast, with the first. */
  like: string[];
  assumed: AssumedDraft;
  hasRivals: boolean;
  added: AddedDraft[];
  agents: AgentDraft[];
  queues: QueueDraft[];
  /** What the form does not show of a question that was asked elsewhere. */
  kept: Pick<SimulationWrite, "replications" | "seed">;
}

const FULL_PERCENT = 100;
const CONTACTS_PER_HOUR = 60;
const SERVICE_S = 480;
const WRAP_UP_S = 30;
const PATIENCE_S = 180;
/** As many days a forecast may count beside the first. */
export const LIKE_MAX = 7;

/** Return an empty form for a day. */
export function draftOf(date: string): Draft {
  return {
    date,
    basis: "day",
    volume: FULL_PERCENT,
    like: [],
    assumed: assumedOf(null),
    hasRivals: true,
    added: [],
    agents: [],
    queues: [],
    kept: {},
  };
}

function assumedOf(found: Assumed | null): AssumedDraft {
  return {
    contacts_per_hour: found?.contacts_per_hour ?? CONTACTS_PER_HOUR,
    service_s: found?.service_s ?? SERVICE_S,
    wrap_up_s: found?.wrap_up_s ?? WRAP_UP_S,
    patience_s: found?.patience_s ?? PATIENCE_S,
    from: found?.from_time ?? "09:00",
    until: found?.until_time ?? "17:00",
  };
}

function assumedWriteOf(draft: AssumedDraft): Assumed {
  return {
    contacts_per_hour: draft.contacts_per_hour ?? 0,
    service_s: draft.service_s ?? 0,
    wrap_up_s: draft.wrap_up_s ?? 0,
    patience_s: draft.patience_s ?? 0,
    from_time: draft.from,
    until_time: draft.until,
  };
}

/** Return what tells whether rows were added or taken away: faults of the rows are told by their places. */
export function shapeOf(draft: Draft): string {
  const queues = draft.queues.map((one) => `${one.queue_id}:${one.relaxation?.length ?? "-"}`);
  const agents = draft.agents.map((one) => one.agent_id);
  return [draft.basis, draft.added.length, agents.join(), queues.join()].join("|");
}

/** Return the form as the question the server takes. */
export function writeOf(draft: Draft): SimulationWrite {
  const isForecast = draft.basis === "forecast";
  return {
    ...draft.kept,
    like: isForecast ? draft.like.filter((day) => day !== draft.date) : [],
    date: draft.date,
    basis: draft.basis,
    volume: isForecast ? (draft.volume ?? FULL_PERCENT) / FULL_PERCENT : 1,
    ...(draft.basis === "assumed" && { assumed: assumedWriteOf(draft.assumed) }),
    has_rivals: draft.hasRivals,
    edits: {
      added: draft.added.map((one) => ({
        count: one.count ?? 0,
        skills: levelsOf(one.skills),
        from_time: one.from,
        until_time: one.until,
      })),
      agents: draft.agents.map((one) => ({
        agent_id: one.agent_id,
        skills: one.skills && levelsOf(one.skills),
        away_from_time: one.isAway ? one.from : null,
        away_until_time: one.isAway ? one.until : null,
      })),
      queues: draft.queues.map(queueOf),
    },
  };
}

function queueOf(one: QueueDraft): QueueChanged {
  return {
    queue_id: one.queue_id,
    requirement: one.requirement,
    ...(one.condition && { condition: one.condition.tree && pruned(one.condition.tree) }),
    relaxation: one.relaxation?.map(stepOf) ?? null,
    overflow: one.overflow && overflowWriteOf(one.overflow),
    order_by: one.order_by,
    share_per_hour: one.order_by === "share" ? one.share_per_hour : null,
    agent_choice: one.agent_choice,
    reserve: one.reserve,
  };
}

function overflowWriteOf(draft: OverflowDraft): OverflowChanged {
  const { overflow_queue_id, overflow_after_s, overflow_length, overflow_exit } = overflowOf(draft);
  return {
    queue_id: overflow_queue_id,
    after_s: overflow_after_s,
    length: overflow_length,
    exit: overflow_exit,
  };
}

/** Return a question as the form it was written with. */
export function draftFrom(write: SimulationWrite): Draft {
  const { added = [], agents = [], queues = [] } = write.edits ?? {};
  return {
    date: write.date,
    basis: write.basis ?? "day",
    volume: Math.round((write.volume ?? 1) * FULL_PERCENT),
    like: [...(write.like ?? [])],
    assumed: assumedOf(write.assumed ?? null),
    hasRivals: write.has_rivals ?? false,
    added: added.map((one) => ({
      count: one.count,
      skills: needsOf(one.skills),
      from: one.from_time,
      until: one.until_time,
    })),
    agents: agents.map((one) => ({
      agent_id: one.agent_id,
      skills: one.skills && needsOf(one.skills),
      isAway: one.away_from_time !== null,
      from: one.away_from_time ?? "12:00",
      until: one.away_until_time ?? "13:00",
    })),
    queues: queues.map((one) => ({
      queue_id: one.queue_id,
      requirement: one.requirement && [...one.requirement],
      condition: one.condition === undefined ? null : { tree: one.condition },
      relaxation: one.relaxation?.map(stepDraftOf) ?? null,
      overflow: one.overflow && {
        overflow_queue_id: one.overflow.queue_id,
        overflow_after_s: one.overflow.after_s,
        overflow_length: one.overflow.length,
        overflow_exit: one.overflow.exit,
      },
      agent_choice: one.agent_choice,
      order_by: one.order_by,
      share_per_hour: one.share_per_hour,
      reserve: one.reserve,
    })),
    kept: keptOf(write),
  };
}

function keptOf({ replications, seed }: SimulationWrite): Draft["kept"] {
  return {
    ...(replications === undefined ? {} : { replications }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function levelsOf(needs: readonly Requirement[]): Record<string, number> {
  return Object.fromEntries(needs.map((one) => [String(one.skill_id), one.level]));
}

function needsOf(levels: Readonly<Record<string, number>>): Requirement[] {
  return Object.entries(levels).map(([skill, level]) => ({ skill_id: Number(skill), level }));
}
