/** The journal of one interaction in sentences a supervisor reads. Pure: names come from outside. */
import { clockOf } from "@ucc/ui/text";
import type { JournalLine } from "@ucc/wire";
import { m } from "../paraglide/messages";

/** Names by id. */
export interface JournalNames {
  readonly agent: (id: number) => string;
  readonly queue: (id: number) => string;
}

const REASONS: Readonly<Record<string, () => string>> = {
  agent_away: m.journal_because_agent_away,
  agent_lost: m.journal_because_agent_lost,
  agent_removed: m.journal_because_agent_removed,
  asked: m.journal_because_asked,
  cancelled: m.journal_because_cancelled,
  completed: m.journal_because_completed,
  consult_ended: m.journal_because_consult_ended,
  contact_called: m.journal_because_contact_called,
  contact_left: m.journal_because_contact_left,
  contact_lost: m.journal_because_contact_lost,
  contact_wrote: m.journal_because_contact_wrote,
  declined: m.journal_because_declined,
  due: m.journal_because_due,
  ended: m.journal_because_ended,
  failed: m.journal_because_failed,
  finished: m.journal_because_finished,
  handed_over: m.journal_because_handed_over,
  left: m.journal_because_contact_left,
  length: m.journal_because_length,
  lost: m.journal_because_contact_lost,
  not_accepted: m.journal_because_not_accepted,
  not_connected: m.journal_because_not_connected,
  parent_moved: m.journal_because_parent_moved,
  redirected: m.journal_because_redirected,
  returned: m.journal_because_returned,
  seat_left: m.journal_because_seat_left,
  taken: m.journal_because_taken,
  taken_back: m.journal_because_taken_back,
  time_over: m.journal_because_time_over,
  timed_out: m.journal_because_timed_out,
  transferred: m.journal_because_transferred,
  unreached: m.journal_because_unreached,
  unstaffed: m.journal_because_unstaffed,
  waited: m.journal_because_waited,
  withdrawn: m.journal_because_withdrawn,
  wrap_up_timed_out: m.journal_because_wrap_up_timed_out,
};

type Say = (names: { agent: string; queue: string; time: string; step: number; to: string }) => string;

const FACTS: Readonly<Record<string, Say>> = {
  agent_wrote_seen: m.journal_agent_wrote,
  call_held: m.journal_held,
  call_unheld: m.journal_unheld,
  conference_joined: m.journal_conference_joined,
  connecting_failed: m.journal_connecting_failed,
  connecting_rearmed: m.journal_connecting_rearmed,
  connecting_started: m.journal_connecting_started,
  consult_asked: m.journal_consult_asked,
  consult_completed: m.journal_consult_completed,
  contact_back_seen: m.journal_contact_back,
  contact_lost_seen: m.journal_contact_lost,
  contact_wrote_seen: m.journal_contact_wrote,
  exclusion_ended: m.journal_exclusion_ended,
  flow_entered: m.journal_flow_entered,
  flow_returned: m.journal_flow_returned,
  handed_over: m.journal_handed_over,
  interaction_abandoned: m.journal_abandoned,
  interaction_activated: m.journal_activated,
  interaction_cancelled: m.journal_cancelled,
  interaction_closed: m.journal_closed,
  interaction_diverted: m.journal_diverted,
  interaction_failed: m.journal_failed,
  interaction_interrupted: m.journal_interrupted,
  interaction_offered: m.journal_offered,
  interaction_overflowed: m.journal_overflowed,
  interaction_parked: m.journal_parked,
  interaction_queued: m.journal_queued,
  interaction_requeued: m.journal_requeued,
  interaction_resumed: m.journal_resumed,
  interaction_scheduled: m.journal_scheduled,
  medium_changed: m.journal_medium_changed,
  offer_accepted: m.journal_accepted,
  offer_declined: m.journal_declined,
  offer_rearmed: m.journal_rearmed,
  offer_revoked: m.journal_revoked,
  offer_timed_out: m.journal_timed_out,
  overflow_missed: m.journal_overflow_missed,
  preference_ended: m.journal_preference_ended,
  requirement_relaxed: m.journal_relaxed,
  sla_breached: m.journal_breached,
  sla_handed_on: m.journal_sla_handed_on,
  sla_met: m.journal_sla_met,
  sla_paused: m.journal_sla_paused,
  sla_resumed: m.journal_sla_resumed,
  sla_started: m.journal_sla_started,
  sla_warned: m.journal_sla_warned,
  wrap_up_extended: m.journal_wrap_up_extended,
  wrap_up_started: m.journal_wrap_up,
};

/** A reason that only repeats what the sentence says. */
const SILENT: ReadonlySet<string> = new Set(["offer_timed_out", "offer_declined"]);

/** What a fact tells where one fact has two stories: a consult is queued like other work, an owner named like any. */
function kindOf({ fact, detail }: JournalLine): string {
  if (fact === "interaction_queued" && detail.consult_until_ms) return "consult_asked";
  return fact === "interaction_activated" && detail.cause === "handed_over" ? "handed_over" : fact;
}

/** Returns a line as a sentence, with its reason; a fact nobody named here keeps its own word. */
export function factWords(line: JournalLine, names: JournalNames): string {
  const { detail } = line;
  const fact = kindOf(line);
  const say = FACTS[fact];
  if (!say) return fact;
  const figure = (key: string): number | null => {
    const value = detail[key];
    return typeof value === "number" ? value : null;
  };
  const nameOf = (id: number | null, by: (id: number) => string): string => (id === null ? "" : by(id));
  const queue = nameOf(figure("to_queue") ?? figure("queue"), names.queue);
  const sentence = say({
    agent: nameOf(figure(fact === "consult_asked" ? "originator" : "agent"), names.agent),
    queue,
    to: nameOf(figure("named_agent"), names.agent) || queue,
    step: figure("step") ?? 0,
    time: clockOf((figure("waited_ms") ?? figure("target_ms") ?? 0) / 1000),
  });
  const reason = fact === "flow_returned" && detail.reason === "timed_out" ? "time_over" : detail.reason;
  if (typeof reason !== "string" || !reason || (SILENT.has(fact) && REASONS[reason])) return sentence;
  return m.journal_with_reason({ sentence, reason: REASONS[reason]?.() ?? reason });
}
