/** Words of the desk: how long, what happened, how far a message got, and why an agent was chosen. */
import type { Tick } from "@ucc/core/console/thread";
import { clockOf } from "@ucc/ui/text";
import type {
  BondedWork,
  Conversation,
  Entry,
  Interaction,
  LinkedWork,
  Offer,
  OfferWhy,
  SystemEvent,
} from "@ucc/wire";
import { formatted, hourOf, timeOf } from "../frame/format";
import { m } from "../paraglide/messages";
import { getLocale } from "../paraglide/runtime";
import { ruleWords as ruleOf, VIP_PRIORITY } from "../routing/words";

const HOUR_S = 3_600;

/** Returns how long somebody has waited in one figure: 38 s, 6 m, 1 h, 3 d. */
export function shortSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return m.desk_seconds({ n: seconds });
  if (seconds < HOUR_S) return m.desk_minutes({ n: Math.floor(seconds / 60) });
  if (seconds < 24 * HOUR_S) return m.desk_hours({ n: Math.floor(seconds / HOUR_S) });
  return m.desk_days({ n: Math.floor(seconds / (24 * HOUR_S)) });
}

/** Returns a deadline's rest: 1:12, −0:40, from an hour on 1 h 18. */
export function leftSpan(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (Math.abs(seconds) < HOUR_S) return clockOf(seconds);
  const [sign, whole] = [seconds < 0 ? "−" : "", Math.abs(seconds)];
  const hours = Math.floor(whole / HOUR_S);
  return hours < 24
    ? sign + m.desk_hours_minutes({ h: hours, m: String(Math.floor((whole % HOUR_S) / 60)).padStart(2, "0") })
    : sign + m.desk_days({ n: Math.floor(hours / 24) });
}

/** Returns the rest of a deadline in words, for screen readers. */
export function leftWords(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (ms <= 0) return minutes < 1 ? m.desk_deadline_now() : m.desk_deadline_past({ count: minutes });
  return minutes < 1 ? m.desk_deadline_seconds() : m.desk_deadline_left({ count: minutes });
}

/** Returns the month with its year. */
export function monthOf(atMs: number): string {
  return formatted({ month: "short", year: "numeric" }, atMs);
}

/** Returns the words of a day divider. */
export function dayWords(atMs: number, nowMs: number): string {
  const day = 86_400_000;
  const then = new Date(atMs).toDateString();
  if (then === new Date(nowMs).toDateString()) return m.desk_today();
  if (then === new Date(nowMs - day).toDateString()) return m.desk_yesterday();
  const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
  return formatted(
    { weekday: "long", day: "numeric", month: "long", ...(isThisYear ? {} : { year: "numeric" }) },
    atMs,
  );
}

/** Returns a size: 2.1 MB. */
export function sizeWords(bytes: number): string {
  const [n, unit] = bytes < 1_000_000 ? [bytes / 1000, "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  const digits = n < 10 ? 1 : 0;
  return new Intl.NumberFormat(getLocale(), {
    style: "unit",
    unit,
    maximumFractionDigits: digits,
  }).format(n);
}

/** Returns the name of a contact, or that it has none. */
export function contactName(name: string): string {
  return name.trim() || m.desk_visitor();
}

/** Returns the state of a conversation as its header says it. */
export function stateWords(row: Conversation, nowMs: number): string {
  const { interaction } = row;
  switch (interaction?.state) {
    case "queued":
    case "offered":
      return m.desk_state_queued({ time: shortSpan(nowMs - (interaction.queued_at_ms ?? nowMs)) });
    case "held":
      return m.desk_state_held();
    case "in_flow":
      return m.desk_state_in_flow();
    case "scheduled":
      return m.desk_state_scheduled({ time: dueWords(interaction.until_ms ?? nowMs, nowMs) });
    case "connecting":
      return interaction.tries ? m.desk_state_dialling() : m.desk_state_connecting();
    case "active": {
      const since = interaction.answered_at_ms ?? interaction.created_at_ms;
      return m.desk_state_active({ time: clockOf(Math.max(0, nowMs - since) / 1000) });
    }
    case "parked":
      return m.desk_state_parked();
    case "wrapping":
      return m.desk_state_wrapping();
    default:
      return row.state === "snoozed" ? m.desk_state_snoozed() : m.desk_state_resolved();
  }
}

const SYSTEM: Readonly<Record<string, (system: SystemEvent) => string>> = {
  queued: ({ queue_name }) =>
    queue_name ? m.desk_did_queued_in({ queue: queue_name }) : m.desk_did_queued(),
  offered: ({ agent_name }) => m.desk_did_offered({ agent: agent_name ?? "" }),
  joined: ({ agent_name }) => m.desk_did_joined({ agent: agent_name ?? "" }),
  declined: ({ agent_name }) => m.desk_did_declined({ agent: agent_name ?? "" }),
  timed_out: ({ agent_name }) => m.desk_did_timed_out({ agent: agent_name ?? "" }),
  transferred: (system) => transferWords(system),
  taken_over: ({ agent_name }) => m.desk_did_taken_over({ agent: agent_name ?? "" }),
  parked: ({ agent_name }) => m.desk_did_parked({ agent: agent_name ?? "" }),
  resolved: ({ agent_name }) =>
    agent_name ? m.desk_did_resolved_by({ agent: agent_name }) : m.desk_did_resolved(),
  reopened: () => m.desk_did_reopened(),
  abandoned: () => m.desk_did_abandoned(),
  tagged: ({ agent_name }) => m.desk_did_tagged({ agent: agent_name ?? "" }),
  left: () => m.desk_did_left(),
  overflowed: ({ queue_name }) => m.desk_did_overflowed({ queue: queue_name ?? "" }),
  diverted: ({ detail }) => divertedWords(detail),
  not_queued: () => m.desk_did_not_queued(),
  snoozed: ({ agent_name }) => m.desk_did_snoozed({ agent: agent_name ?? "" }),
  woken: () => m.desk_did_woken(),
  spam: ({ agent_name }) => m.desk_did_spam({ agent: agent_name ?? "" }),
  consult_asked: ({ agent_name, queue_name, detail }) =>
    m.desk_did_consult_asked({ agent: agent_name ?? "", to: detail.to ?? queue_name ?? "" }),
  consult_joined: ({ agent_name }) => m.desk_did_consult_joined({ agent: agent_name ?? "" }),
  consult_ended: ({ agent_name }) => m.desk_did_consult_ended({ agent: agent_name ?? "" }),
  consult_missed: () => m.desk_did_consult_missed(),
  seat_left: ({ agent_name }) => m.desk_did_seat_left({ agent: agent_name ?? "" }),
  held: ({ agent_name }) => m.desk_did_held({ agent: agent_name ?? "" }),
  unheld: ({ agent_name }) => m.desk_did_unheld({ agent: agent_name ?? "" }),
  flow_entered: ({ agent_name }) => m.desk_did_flow_entered({ agent: agent_name ?? "" }),
  flow_returned: () => m.desk_did_flow_returned(),
  scheduled: ({ detail }) => m.desk_did_scheduled({ time: momentWords(detail.due_ms) }),
  dialling: ({ agent_name, detail }) =>
    m.desk_did_dialling({ agent: agent_name ?? "", n: detail.tries ?? "1", of: detail.tries_max ?? "" }),
  unreached: ({ detail }) => m.desk_did_unreached({ time: momentWords(detail.due_ms) }),
  not_reached: ({ detail }) => m.desk_did_not_reached({ count: Number(detail.tries ?? 1) }),
  rated: ({ detail }) => m.desk_did_rated({ stars: detail.stars ?? "?" }),
};

/** Returns a moment a log names: the time of today, else the day with it. */
function momentWords(atMs: string | undefined): string {
  return dueWords(Number(atMs ?? 0), Date.now());
}

/** Returns when something is due: the time of today, else the day and the time. */
export function dueWords(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return isToday ? hourOf(atMs) : `${timeOf(atMs, nowMs)}, ${hourOf(atMs)}`;
}

/** Returns how a callback stands: wanted, wanted later, dialled by whom, not reached how often. */
export function callbackWords(row: Conversation, work: Interaction, me: number, nowMs: number): string {
  const { state, tries, tries_max: of, until_ms: until } = work;
  if (state === "connecting") {
    const count = m.desk_callback_try({ n: tries, of });
    if (work.agent_id === me) return count;
    return m.desk_callback_others({ agent: row.agent_name ?? "", count });
  }
  if (state === "scheduled") return scheduledWords(tries, dueWords(until ?? nowMs, nowMs));
  const isWaiting = state === "new" || state === "queued" || state === "offered";
  return isWaiting && tries ? m.desk_callback_in_vain({ count: tries }) : m.desk_callback();
}

function scheduledWords(tries: number, time: string): string {
  return tries ? m.desk_callback_again({ count: tries, time }) : m.desk_callback_later({ time });
}

/** Returns what becomes of a callback whose contact was not reached. */
export function unreachedWords(work: Interaction, nowMs: number): string {
  if (work.state === "failed") return m.desk_toast_failed();
  return m.desk_toast_unreached({ time: dueWords(work.until_ms ?? nowMs, nowMs) });
}

function transferWords({ agent_name, queue_name, detail }: SystemEvent): string {
  const to = detail.to ?? queue_name ?? agent_name ?? "";
  if (detail.handed_over_by) return m.desk_did_handed_over({ from: detail.handed_over_by, agent: to });
  return m.desk_did_transferred({ to });
}

function divertedWords({ exit, reason }: SystemEvent["detail"]): string {
  if (reason === "asked") return m.desk_did_callback_asked();
  return exit === "callback" ? m.desk_did_diverted_callback() : m.desk_did_diverted_message();
}

/** Returns what a system entry tells, in the reader's language; `me` reads "you". */
export function systemWords(entry: Entry, me: number): string {
  const { system } = entry;
  if (!system) return entry.text;
  const told = system.agent_id === me ? { ...system, agent_name: m.desk_you_inline() } : system;
  const words = SYSTEM[system.code]?.(told) ?? entry.text;
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

/** Returns the note somebody left with a transfer, if any. */
export function systemNote(entry: Entry): string {
  return entry.system?.detail.note ?? "";
}

/** Returns how far a message got. */
export function tickWords(tick: Tick): string {
  switch (tick) {
    case "waiting":
      return m.desk_tick_waiting();
    case "sending":
      return m.desk_tick_sending();
    case "failed":
      return m.desk_tick_failed();
    case "sent":
      return m.desk_tick_sent();
    case "delivered":
      return m.desk_tick_delivered();
    case "read":
      return m.desk_tick_read();
  }
}

/** Returns the skills of an offer as "中文 8 ≥ 5". */
export function skillWords(why: OfferWhy): string[] {
  return why.skills.map((skill) => `${skill.name} ${skill.has} ≥ ${skill.asked}`);
}

/** Returns the rule that chose the agent. */
export function ruleWords(why: OfferWhy): string {
  return ruleOf(why.rule);
}

/** Returns who has other work of the same contact, or that it waits: "Also with you, in Billing". */
export function linkedWords({ agent_id, agent_name, queue_name }: LinkedWork, me: number): string {
  const queue = queue_name ?? m.desk_channel_webchat();
  if (agent_id === null) return m.desk_linked_waiting({ queue });
  return m.desk_linked_with({ agent: agent_id === me ? m.desk_you_inline() : (agent_name ?? ""), queue });
}

/** Returns who is in it beside its agent, as the reader stands to it: "Tom advises you …". */
export function bondedWords(one: BondedWork, row: Conversation, me: number): string {
  const name = one.agent_name ?? one.queue_name ?? "";
  const asker = one.asked_by_name ?? row.agent_name ?? "";
  const isMine = row.interaction?.agent_id === me;
  if (one.state !== "active") return m.desk_consult_asking({ name });
  if (one.bond === "seat") {
    const owner = row.agent_name ?? "";
    if (one.agent_id === me) return m.desk_seat_yours({ name: owner });
    return isMine ? m.desk_seat_beside({ name }) : m.desk_seat_others({ name, owner });
  }
  if (one.agent_id === me) return m.desk_consult_asked_you({ name: asker });
  return isMine ? m.desk_consult_advises({ name }) : m.desk_consult_others({ asker, name });
}

/** Returns the priority of an offer's work, and what gave it. */
export function priorityWords({ priority, audience, contact_is_vip: isVip }: Offer): string {
  const name = audience ?? (isVip && priority === VIP_PRIORITY ? m.desk_vip() : undefined);
  return [priority, name].filter((one) => one !== undefined).join(" · ");
}

/** Returns how an offer ended. */
export function offerStateWords(offer: Offer): string {
  switch (offer.state) {
    case "ringing":
      return m.desk_offer_ringing();
    case "accepted":
      return m.desk_offer_accepted();
    case "declined":
      return offer.reason ? m.desk_offer_declined_for({ reason: offer.reason }) : m.desk_offer_declined();
    case "timed_out":
      return m.desk_offer_timed_out();
    case "revoked":
      return m.desk_offer_revoked();
  }
}
