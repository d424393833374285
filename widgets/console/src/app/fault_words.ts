/** Faults in the reader's words: the server tells them in English. Pure. */
import { m } from "../paraglide/messages";
import { getLocale } from "../paraglide/runtime";
import { spanOf } from "../settings/shared/durations";
import type { Fault } from "./faults";

const PLACES: Readonly<Record<string, () => string>> = {
  date: m.simulate_date,
  volume: m.simulate_volume,
  like: m.simulate_like,
  basis: m.simulate_contacts,
  contacts_per_hour: m.simulate_assumed_contacts,
  service_s: m.simulate_assumed_service,
  wrap_up_s: m.simulate_assumed_wrap_up,
  patience_s: m.simulate_assumed_patience,
  added: m.simulate_add_people,
  count: m.simulate_added_count,
  skills: m.queues_skill,
  requirement: m.queues_skill,
  skill_id: m.queues_skill,
  level: m.queues_skill,
  from_time: m.simulate_from,
  until_time: m.simulate_until,
  away_from_time: m.simulate_from,
  away_until_time: m.simulate_until,
  name: m.settings_name,
  offer_s: m.queues_offer_time,
  broadcast: m.queues_ring,
  preferred_s: m.queues_preferred,
  waiting_max: m.queues_longest,
  agent_units_max: m.queues_units_max,
  connect_s: m.queues_connect,
  callback_retry_s: m.queues_callback_retry,
  callback_tries: m.queues_callback_tries,
  overflow_after_s: m.queues_overflow_after,
  overflow_queue_id: m.queues_overflow_queue,
  overflow_length: m.queues_overflow_length,
  overflow_exit: m.queues_exit,
  redirect_queue_id: m.queues_redirect,
  blocked_queue_id: m.queues_blocked,
  agent_id: m.simulate_agent,
  agent_ids: m.simulate_agent,
  queue_id: m.simulate_queue,
  agent_choice: m.simulate_choice,
  order_by: m.simulate_order,
  share_per_hour: m.queues_share,
  reserve: m.queues_reserve,
  condition: m.simulate_condition,
  relaxation: m.simulate_relaxation,
  lower_by: m.queues_step_lower,
  overflow: m.simulate_overflow,
  length: m.queues_overflow_length,
  exit: m.queues_exit,
};

const IS_NUMBER = /^-?\d+(?:\.\d+)?$/u;

type Rule = readonly [RegExp, (parts: readonly string[]) => string];
const RULES: readonly Rule[] = [
  [/^a whole number from (\d+) to (\d+)$/u, ([a = "", b = ""]) => range(a, b)],
  [/^(\d+) to (\d+) for the order by share$/u, ([a = "", b = ""]) => range(a, b)],
  [/^([\d.]+) to ([\d.]+)$/u, ([a = "", b = ""]) => range(a, b)],
  [/^a time from 00:00 to 24:00$/u, () => m.fault_time()],
  [/^a time from 00:00 to 24:00, because .*$/su, () => m.fault_time()],
  [/^later than (\d\d:\d\d)$/u, ([time = ""]) => m.fault_later({ time })],
  [/^at most (\d+)(?: in all| of them)?$/u, ([most = ""]) => m.fault_at_most({ most: most })],
  [/^at most (\d+): .*$/su, ([most = ""]) => m.fault_at_most({ most: most })],
  [/^a queue to overflow to, or an exit beside it$/u, () => m.fault_way()],
  [/^the id of another queue$/u, () => m.fault_another_queue()],
  [/^the id of a queue$/u, () => m.fault_queue()],
  [/^the id of an agent$/u, () => m.fault_agent()],
  [/^the id of a skill(?:, each once)?$/u, () => m.fault_skill()],
  [/^a chain that ends$/u, () => m.fault_chain()],
  [/^an agent who took work on (.+)$/u, ([day = ""]) => m.fault_agent_of({ day })],
  [/^a queue of (\d{4}-.+)$/u, ([day = ""]) => m.fault_queue_of({ day })],
  [/^a day the journal holds: no day yet$/u, () => m.fault_no_day()],
  [/^a day the journal holds: (\S+) or later, until today$/u, ([day = ""]) => m.fault_day({ day })],
  [/^a day on which contacts came and somebody took work$/u, () => m.fault_day_used()],
  [/^assumed, once there are a queue and an agent who are active$/u, () => m.fault_assumed()],
];

function range(least: string, most: string): string {
  return m.fault_range({ least, most });
}

/** Write a number, or a span where seconds are meant. */
function figureWords(text: string, isSpan: boolean): string {
  return isSpan ? spanOf(Number(text)) : new Intl.NumberFormat(getLocale()).format(Number(text));
}

function allowedWords(allowed: string, isSpan: boolean): string {
  for (const [rule, words] of RULES) {
    const parts = rule.exec(allowed);
    if (parts)
      return words(parts.slice(1).map((part) => (IS_NUMBER.test(part) ? figureWords(part, isSpan) : part)));
  }
  return allowed;
}

/** Return what a path leads to: "Relaxation, step 2 · Relax after". */
function placeWords(path: string): string {
  const names = path.split(/[.[\]]+/u).filter((part) => part && !/^\d+$/u.test(part));
  const last = names.findLast((name) => name === "after_s" || name in PLACES) ?? path;
  const step = /relaxation\[(\d+)\]/u.exec(path)?.[1];
  if (step !== undefined) {
    const what = last === "after_s" ? m.queues_step_after : PLACES[last];
    return m.fault_step({ step: Number(step) + 1, what: what?.() ?? last });
  }
  if (last === "after_s") return m.queues_overflow_after();
  if (last === "queue_id" && names.includes("overflow")) return m.queues_overflow_queue();
  return PLACES[last]?.() ?? path;
}

function foundWords(found: string, isSpan: boolean): string {
  if (found === "None" || found === "nothing") return m.fault_nothing();
  if (IS_NUMBER.test(found)) return figureWords(found, isSpan);
  return found.replace(/^'(.*)'$/su, "$1");
}

/** Return "Step 1 · Relax after: found 0 s, allowed is 1 s to 24 h". */
export function faultWords({ path, found, allowed }: Fault): string {
  const isSpan = path.endsWith("_s");
  return m.fault({
    place: placeWords(path),
    found: foundWords(found, isSpan),
    allowed: allowedWords(allowed, isSpan),
  });
}
