/** A queue while it is edited, and what is written of it: how it hands work out lies flat beside the rest. Pure. */
import type {
  AgentChoice,
  OverflowExit,
  Queue,
  QueueOrder,
  QueueWrite,
  RelaxationStep,
  Requirement,
} from "@ucc/wire";
import type { Condition } from "../../routing/words";
import { pruned } from "./condition";

/** One relaxation step; a figure that is being typed may be empty. */
export interface StepDraft {
  after_s: number | null;
  requirement: Requirement[];
  condition: Condition | null;
  lower_by: number | null;
}

/** The fields of the form; a figure that is being typed may be empty. */
export interface QueueDraft {
  name: string;
  requirement: Requirement[];
  condition: Condition | null;
  hours_id: number | null;
  sla_policy_id: number | null;
  offer_s: number | null;
  wrap_up_s: number | null;
  preferred_s: number | null;
  overflow_after_s: number | null;
  overflow_queue_id: number | null;
  overflow_length: number | null;
  overflow_exit: OverflowExit | null;
  blocked_queue_id: number | null;
  broadcast: number | null;
  connect_s: number | null;
  callback_retry_s: number | null;
  callback_tries: number | null;
  waiting_max: number | null;
  tells_position: boolean;
  is_active: boolean;
  order_by: QueueOrder;
  share_per_hour: number | null;
  agent_choice: AgentChoice;
  reserve: number | null;
  agent_units_max: number | null;
  auto_accept: boolean;
  is_paused: boolean;
  redirect_queue_id: number | null;
  relaxation: StepDraft[];
}

/** Where work goes that waits too long, or stands in too long a line. */
export type OverflowDraft = Pick<
  QueueDraft,
  "overflow_after_s" | "overflow_queue_id" | "overflow_length" | "overflow_exit"
>;

export const OFFER_S = 15;
export const WRAP_UP_S = 60;
export const PREFERRED_S = 60;
export const OVERFLOW_AFTER_S = 120;
export const WAITING_MAX = 1000;
export const CONNECT_S = 60;
export const CALLBACK_RETRY_S = 1800;
export const CALLBACK_TRIES = 3;
export const SHARE_PER_HOUR = 60;
export const RELAX_AFTER_S = 40;
export const RELAXATIONS_MAX = 16;

/** Return the draft of a queue, or of a new one. */
export function draftOf(queue: Queue | null): QueueDraft {
  const handed = queue?.distribution;
  return {
    name: queue?.name ?? "",
    requirement: copied(queue?.requirement ?? []),
    condition: handed?.condition ?? null,
    hours_id: queue?.hours_id ?? null,
    sla_policy_id: queue?.sla_policy_id ?? null,
    offer_s: queue?.offer_s ?? OFFER_S,
    wrap_up_s: queue?.wrap_up_s ?? WRAP_UP_S,
    preferred_s: queue?.preferred_s ?? PREFERRED_S,
    ...overflowDraftOf(queue),
    blocked_queue_id: queue?.blocked_queue_id ?? null,
    broadcast: handed?.broadcast ?? 1,
    connect_s: handed?.connect_s ?? CONNECT_S,
    callback_retry_s: handed?.callback_retry_s ?? CALLBACK_RETRY_S,
    callback_tries: handed?.callback_tries ?? CALLBACK_TRIES,
    waiting_max: queue?.waiting_max ?? WAITING_MAX,
    tells_position: queue?.tells_position ?? true,
    is_active: queue?.is_active ?? true,
    order_by: handed?.order_by ?? "earliest_deadline",
    share_per_hour: handed?.share_per_hour ?? 0,
    agent_choice: handed?.agent_choice ?? "most_skilled",
    reserve: handed?.reserve ?? 0,
    agent_units_max: handed?.agent_units_max ?? null,
    auto_accept: handed?.auto_accept ?? false,
    is_paused: handed?.is_paused ?? false,
    redirect_queue_id: handed?.redirect_queue_id ?? null,
    relaxation: (handed?.relaxation ?? []).map(stepDraftOf),
  };
}

/** Return the draft of a queue's overflow, or of a new one's. */
export function overflowDraftOf(queue: Queue | null): OverflowDraft {
  return {
    overflow_after_s: queue?.overflow_after_s ?? null,
    overflow_queue_id: queue?.overflow_queue_id ?? null,
    overflow_length: queue?.distribution?.overflow_length ?? null,
    overflow_exit: queue?.overflow_exit ?? null,
  };
}

/** Return the draft of a relaxation step. */
export function stepDraftOf(step: RelaxationStep): StepDraft {
  return {
    after_s: step.after_s,
    requirement: copied(step.requirement),
    condition: step.condition,
    lower_by: step.lower_by,
  };
}

function copied(requirement: readonly Requirement[]): Requirement[] {
  return requirement.map((one) => ({ ...one }));
}

/** Return what is written: an emptied figure takes its default. */
export function writeOf(draft: QueueDraft): QueueWrite {
  const overflow = overflowOf(draft);
  return {
    name: draft.name.trim(),
    requirement: draft.requirement,
    hours_id: draft.hours_id,
    sla_policy_id: draft.sla_policy_id,
    offer_s: draft.offer_s ?? OFFER_S,
    wrap_up_s: draft.wrap_up_s ?? WRAP_UP_S,
    preferred_s: draft.preferred_s ?? 0,
    overflow_after_s: overflow.overflow_after_s,
    overflow_queue_id: overflow.overflow_queue_id,
    overflow_exit: overflow.overflow_exit,
    blocked_queue_id: draft.blocked_queue_id,
    waiting_max: draft.waiting_max ?? WAITING_MAX,
    tells_position: draft.tells_position,
    is_active: draft.is_active,
    distribution: {
      order_by: draft.order_by,
      share_per_hour: draft.order_by === "share" ? (draft.share_per_hour ?? 0) : 0,
      agent_choice: draft.agent_choice,
      reserve: draft.reserve ?? 0,
      agent_units_max: draft.agent_units_max,
      auto_accept: draft.auto_accept,
      broadcast: draft.broadcast ?? 1,
      connect_s: draft.connect_s ?? CONNECT_S,
      callback_retry_s: draft.callback_retry_s ?? CALLBACK_RETRY_S,
      callback_tries: draft.callback_tries ?? CALLBACK_TRIES,
      overflow_length: overflow.overflow_length,
      is_paused: draft.is_paused,
      redirect_queue_id: draft.is_paused ? draft.redirect_queue_id : null,
      relaxation: draft.relaxation.map(stepOf),
      condition: draft.condition && pruned(draft.condition),
    },
  };
}

/** Return the overflow that is written: what leads nowhere is none, and an emptied time takes its default. */
export function overflowOf(draft: OverflowDraft): OverflowDraft {
  const overflows = draft.overflow_queue_id !== null || draft.overflow_exit !== null;
  const isTimed = draft.overflow_after_s !== null || draft.overflow_length === null;
  return {
    overflow_after_s: overflows && isTimed ? (draft.overflow_after_s ?? OVERFLOW_AFTER_S) : null,
    overflow_queue_id: draft.overflow_queue_id,
    overflow_length: overflows ? draft.overflow_length : null,
    overflow_exit: draft.overflow_exit,
  };
}

/** Return the step that is written. */
export function stepOf(step: StepDraft): RelaxationStep {
  return {
    after_s: step.after_s ?? 0,
    requirement: step.requirement,
    condition: step.condition && pruned(step.condition),
    lower_by: step.lower_by ?? 0,
  };
}
