/** Days, questions and edits in words. */
import type { AgentChoice, QueueOrder, RecordedDay, SimulationWrite } from "@ucc/wire";
import { formatted } from "../frame/format";
import { m } from "../paraglide/messages";
import { numberWords } from "./figures";

const NOON = "T12:00:00Z";

/** Return a day like "Fri, 27 Nov". */
export function dayWords(date: string): string {
  const at = Date.parse(date + NOON);
  return Number.isNaN(at)
    ? date
    : formatted({ weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }, at);
}

/** Return a day of the list, with how many came. */
export function dayLabel(day: RecordedDay): string {
  const words = m.simulate_day({ day: dayWords(day.date), count: numberWords(day.contacts) });
  return day.is_whole ? words : m.simulate_day_partly({ day: words });
}

/** Return a question in a line. */
export function questionWords(write: SimulationWrite): string {
  const day = dayWords(write.date);
  const { added = [], agents = [], queues = [] } = write.edits ?? {};
  const edits = added.length + agents.length + queues.length;
  const base = write.assumed
    ? m.simulate_assumed_of({ count: numberWords(write.assumed.contacts_per_hour ?? 0) })
    : write.basis === "forecast"
      ? m.simulate_forecast_of({ day, percent: Math.round((write.volume ?? 1) * 100) })
      : day;
  return edits ? m.simulate_with_edits({ day: base, count: edits }) : base;
}

export const AGENT_CHOICES: readonly AgentChoice[] = [
  "most_skilled",
  "least_skilled",
  "longest_idle",
  "round_robin",
  "least_occupied",
  "weighted",
];
export const QUEUE_ORDERS: readonly QueueOrder[] = ["earliest_deadline", "strict_priority", "share"];

/** Return an agent choice in words. */
export function choiceWords(choice: AgentChoice): string {
  return {
    most_skilled: m.simulate_choice_most_skilled,
    least_skilled: m.simulate_choice_least_skilled,
    longest_idle: m.simulate_choice_longest_idle,
    round_robin: m.simulate_choice_round_robin,
    least_occupied: m.simulate_choice_least_occupied,
    weighted: m.simulate_choice_weighted,
  }[choice]();
}

/** Return a queue's order in words. */
export function orderWords(order: QueueOrder): string {
  return {
    earliest_deadline: m.simulate_order_deadline,
    strict_priority: m.simulate_order_priority,
    share: m.simulate_order_share,
  }[order]();
}
