/** A queue while it is edited, and what is written of it. Pure. */
import type { Distribution, Queue, QueueWrite, Requirement } from "@ucc/wire";

/** The fields of the form; a figure that is being typed may be empty. */
export interface QueueDraft {
  name: string;
  requirement: Requirement[];
  hours_id: number | null;
  sla_policy_id: number | null;
  offer_s: number | null;
  wrap_up_s: number | null;
  preferred_s: number | null;
  overflow_after_s: number | null;
  overflow_queue_id: number | null;
  waiting_max: number | null;
  tells_position: boolean;
  is_active: boolean;
  /** Not edited here; kept as it is. */
  distribution?: Distribution;
}

export const OFFER_S = 15;
export const WRAP_UP_S = 60;
export const PREFERRED_S = 60;
export const OVERFLOW_AFTER_S = 120;
export const WAITING_MAX = 1000;

/** Return the draft of a queue, or of a new one. */
export function draftOf(queue: Queue | null): QueueDraft {
  return {
    name: queue?.name ?? "",
    requirement: (queue?.requirement ?? []).map((one) => ({ ...one })),
    hours_id: queue?.hours_id ?? null,
    sla_policy_id: queue?.sla_policy_id ?? null,
    offer_s: queue?.offer_s ?? OFFER_S,
    wrap_up_s: queue?.wrap_up_s ?? WRAP_UP_S,
    preferred_s: queue?.preferred_s ?? PREFERRED_S,
    overflow_after_s: queue?.overflow_after_s ?? null,
    overflow_queue_id: queue?.overflow_queue_id ?? null,
    waiting_max: queue?.waiting_max ?? WAITING_MAX,
    tells_position: queue?.tells_position ?? true,
    is_active: queue?.is_active ?? true,
    ...(queue ? { distribution: queue.distribution } : {}),
  };
}

/** Return what is written: an emptied figure takes its default, an overflow without a queue is none. */
export function writeOf(draft: QueueDraft): QueueWrite {
  const overflows = draft.overflow_queue_id !== null;
  return {
    ...draft,
    name: draft.name.trim(),
    offer_s: draft.offer_s ?? OFFER_S,
    wrap_up_s: draft.wrap_up_s ?? WRAP_UP_S,
    preferred_s: draft.preferred_s ?? 0,
    waiting_max: draft.waiting_max ?? WAITING_MAX,
    overflow_after_s: overflows ? (draft.overflow_after_s ?? OVERFLOW_AFTER_S) : null,
  };
}
