/** A queue in words. */
import type { Hours, OverflowExit, Requirement, Skill, SlaPolicy } from "@ucc/wire";
import { m } from "../../paraglide/messages";
import { spanOf } from "../shared/durations";
import type { Form } from "../shared/form.svelte";
import type { QueueDraft } from "./draft";

/** Return "中文 ≥ 5 and Billing ≥ 5", or that anybody will do. */
export function requirementWords(requirement: readonly Requirement[], skills: readonly Skill[]): string {
  if (!requirement.length) return m.queues_anybody();
  return requirement.map((one) => needWords(one, skills)).join(" · ");
}

/** Return one skill of a requirement: "中文 ≥ 5". */
export function needWords({ skill_id, level }: Requirement, skills: readonly Skill[]): string {
  return `${skills.find((skill) => skill.id === skill_id)?.name ?? "?"} ≥ ${level}`;
}

/** Return the promise of an SLA policy. */
export function promiseWords(policy: SlaPolicy | undefined): string {
  if (!policy) return m.queues_no_promise();
  return m.sla_answer_words({ percent: policy.answer_percent ?? 80, span: spanOf(policy.answer_s ?? 30) });
}

/** Return the name of opening hours; none means always. */
export function hoursWords(hours: Hours | undefined): string {
  return hours?.name ?? m.queues_always();
}

/** Return how contacts leave whom no queue can have. */
export function exitWords(exit: OverflowExit | null): string {
  switch (exit) {
    case "callback":
      return m.queues_exit_callback();
    case "message":
      return m.queues_exit_message();
    case "voicemail":
      return m.queues_exit_voicemail();
    case null:
      return m.queues_exit_none();
  }
}

/** Return what an exit means for the contact. */
export function exitHint(exit: OverflowExit | null): string {
  if (exit === "callback") return m.queues_exit_callback_hint();
  return exit === "message" ? m.queues_exit_message_hint() : "";
}

/** Return how many an offer rings at. */
export function ringWords(broadcast: number | null): string {
  return broadcast === null || broadcast <= 1 ? m.queues_ring_one() : m.queues_ring_best({ n: broadcast });
}

/** Return what says what is saved, in the words given, of a field that differs; nothing for a new queue. */
export function wasIn(
  form: Form<QueueDraft>,
): (field: keyof QueueDraft, words: string) => string | undefined {
  return (field, words) => (form.saved.name && form.changed.includes(field) ? words : undefined);
}
