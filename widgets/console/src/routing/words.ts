/** Why work goes where it goes, in words: rules, verdicts, conditions, and a moment as sentences. Pure. */
import { clockOf } from "@ucc/ui/text";
import type {
  AgentChoice,
  AgentVerdict,
  Candidate,
  Distribution,
  Medium,
  Moment,
  QueueOrder,
} from "@ucc/wire";
import { reasonWord } from "../frame/presence";
import { m } from "../paraglide/messages";

/** A part of what a queue asks beside its list of skills. */
export type Condition = NonNullable<Distribution["condition"]>;

/** Names by id, as far as the screen knows them. */
export interface Names {
  readonly skill: (id: number) => string;
  readonly person: (id: number) => string;
}

/** The priority of VIP work, the highest. */
export const VIP_PRIORITY = 9;

type Words = () => string;

const CHOICES: Readonly<Record<AgentChoice, Words>> = {
  most_skilled: m.routing_choice_most_skilled,
  least_skilled: m.routing_choice_least_skilled,
  longest_idle: m.routing_choice_longest_idle,
  round_robin: m.routing_choice_round_robin,
  least_occupied: m.routing_choice_least_occupied,
  weighted: m.routing_choice_weighted,
};

const CHOICE_TEXTS: Readonly<Record<AgentChoice, Words>> = {
  most_skilled: m.routing_choice_most_skilled_text,
  least_skilled: m.routing_choice_least_skilled_text,
  longest_idle: m.routing_choice_longest_idle_text,
  round_robin: m.routing_choice_round_robin_text,
  least_occupied: m.routing_choice_least_occupied_text,
  weighted: m.routing_choice_weighted_text,
};

const RULES: Readonly<Record<string, Words>> = {
  preferred: m.routing_rule_preferred,
  named: m.routing_rule_named,
  best_level_then_longest_idle: m.routing_rule_most_skilled,
  least_skilled: m.routing_rule_least_skilled,
  longest_idle: m.routing_rule_longest_idle,
  round_robin: m.routing_rule_round_robin,
  least_occupied: m.routing_rule_least_occupied,
  weighted: m.routing_rule_weighted,
};

const ORDERS: Readonly<Record<QueueOrder, Words>> = {
  earliest_deadline: m.routing_order_earliest_deadline,
  strict_priority: m.routing_order_strict_priority,
  share: m.routing_order_share,
};

const ORDER_TEXTS: Readonly<Record<QueueOrder, Words>> = {
  earliest_deadline: m.routing_order_earliest_deadline_text,
  strict_priority: m.routing_order_strict_priority_text,
  share: m.routing_order_share_text,
};

const MEDIA: Readonly<Record<Medium, Words>> = {
  chat: m.routing_medium_chat,
  voice: m.routing_medium_voice,
  email: m.routing_medium_email,
  task: m.routing_medium_task,
};

/** The choices, each with a word and what it means, to pick from. */
export function choiceOptions(): { value: AgentChoice; label: string; aside: string }[] {
  return (Object.keys(CHOICES) as AgentChoice[]).map((value) => ({
    value,
    label: CHOICES[value](),
    aside: CHOICE_TEXTS[value](),
  }));
}

/** The orders, each with a word and what it means, to pick from. */
export function orderOptions(): { value: QueueOrder; label: string; aside: string }[] {
  return (Object.keys(ORDERS) as QueueOrder[]).map((value) => ({
    value,
    label: ORDERS[value](),
    aside: ORDER_TEXTS[value](),
  }));
}

/** Return how a queue picks among the eligible. */
export const choiceWords = (choice: AgentChoice): string => CHOICES[choice]();
/** Return how a queue orders what waits. */
export const orderWords = (order: QueueOrder): string => ORDERS[order]();
/** Return the name of a medium. */
export const mediumWords = (medium: Medium): string => MEDIA[medium]();
/** Return what decided an offer. */
export const ruleWords = (rule: string): string => RULES[rule]?.() ?? rule;

/** Return a condition as one reads it: "中文 ≥ 5 or of team Night, and not one of Dana". */
export function conditionWords(condition: Condition, names: Names, isInner = false): string {
  const inner = (one: Condition): string => conditionWords(one, names, true);
  const joined = (of: readonly Condition[], word: string): string => {
    const text = of.map(inner).join(` ${word} `);
    return isInner && of.length > 1 ? `(${text})` : text;
  };
  switch (condition.type) {
    case "has_skill":
      return `${names.skill(condition.skill_id)} ≥ ${condition.level}`;
    case "all_of":
      return joined(condition.of, m.routing_and());
    case "any_of":
      return joined(condition.of, m.routing_or());
    case "not_so":
      return m.routing_not({ what: inner(condition.of) });
    case "one_of_agents":
      return m.routing_people({ names: condition.agent_ids.map(names.person).join(", ") || "…" });
    case "one_of_teams":
      return m.routing_teams({ names: condition.teams.join(", ") || "…" });
  }
}

/** Return what was in the way of an agent, or how well they stood. */
export function verdictWords(one: Candidate, moment: Moment): string {
  switch (one.verdict) {
    case "eligible": {
      const time = clockOf(Math.max(0, moment.at_ms - one.idle_since_ms) / 1000);
      return one.units ? m.routing_idle_units({ time, units: one.units }) : m.routing_idle({ time });
    }
    case "not_met":
      return shortWords(one);
    case "off_queue":
      return one.off_queue_reason
        ? m.routing_off_queue_for({ reason: reasonWord(one.off_queue_reason) })
        : m.routing_off_queue();
    case "no_units":
      if (!one.medium_units_max) return m.routing_no_medium({ medium: mediumWords(moment.medium) });
      return one.medium_units < one.medium_units_max
        ? m.routing_no_units_other()
        : m.routing_no_units({ used: one.medium_units, max: one.medium_units_max });
    default:
      return VERDICTS[one.verdict]();
  }
}

const VERDICTS: Readonly<
  Record<Exclude<AgentVerdict, "eligible" | "not_met" | "off_queue" | "no_units">, Words>
> = {
  not_preferred: m.routing_not_preferred,
  offline: m.routing_offline,
  reconnecting: m.routing_reconnecting,
  draining: m.routing_draining,
  blocked: m.routing_blocked,
  wraps_call: m.routing_wraps_call,
  at_limit: m.routing_at_limit,
  reserved: m.routing_reserved,
  excluded: m.routing_excluded,
  asks: m.routing_asks,
};

/** Return which of the skills asked an agent lacks. */
function shortWords(one: Candidate): string {
  const short = one.skills
    .filter((skill) => skill.has < skill.asked)
    .map(({ name: skill, has, asked }) =>
      has ? m.routing_skill_short({ skill, has, asked }) : m.routing_skill_none({ skill }),
    );
  return short.join(" · ") || m.routing_not_met();
}

/** Return what an agent has of the skills asked: "中文 8 · Billing 6". */
export function heldWords(one: Candidate): string {
  return one.skills
    .filter((skill) => skill.has > 0)
    .map((skill) => `${skill.name} ${skill.has}`)
    .join(" · ");
}

/** What a moment is: what was, what would have been, or what would come now. */
export type Mood = "was" | "would" | "now";

/** Return a moment as sentences, what decided first. */
export function momentWords(moment: Moment, names: Names, mood: Mood = "was"): string[] {
  const isProspect = mood === "now";
  return [
    outcomeWords(moment, mood),
    askedWords(moment, names, isProspect),
    isProspect
      ? m.routing_prospect_ahead({ count: moment.place - 1 })
      : m.routing_moment_order({
          order: orderWords(moment.order_by),
          place: moment.place,
          waiting: moment.waiting,
          time: clockOf(moment.waited_ms / 1000),
        }),
    ...(moment.steps
      ? [
          moment.step
            ? m.routing_moment_step({ step: moment.step, steps: moment.steps })
            : m.routing_moment_unrelaxed(),
        ]
      : []),
    ...(moment.asked_by ? [m.routing_moment_asked_by({ agent: moment.asked_by_name ?? "" })] : []),
    ...(moment.preferred_agent_id
      ? [m.routing_moment_preferred({ agent: names.person(moment.preferred_agent_id) })]
      : []),
  ];
}

const OUTCOMES: Readonly<
  Record<
    Mood,
    {
      offered: (found: { agent: string; rule: string }) => string;
      waits: Words;
      closed: Words;
      paused: Words;
    }
  >
> = {
  was: {
    offered: m.routing_moment_offered,
    waits: m.routing_moment_waits,
    closed: m.routing_moment_closed,
    paused: m.routing_moment_paused,
  },
  would: {
    offered: m.routing_would_offered,
    waits: m.routing_would_wait,
    closed: m.routing_moment_closed,
    paused: m.routing_moment_paused,
  },
  now: {
    offered: m.routing_prospect_offered,
    waits: m.routing_prospect_waits,
    closed: m.routing_prospect_closed,
    paused: m.routing_prospect_paused,
  },
};

function outcomeWords(moment: Moment, mood: Mood): string {
  const say = OUTCOMES[mood];
  if (moment.refusal) return m.routing_prospect_refused({ reason: moment.refusal.replaceAll("_", " ") });
  if (moment.agent_id) {
    const agent = moment.agent_name ?? `#${moment.agent_id}`;
    return say.offered({ agent, rule: ruleWords(moment.rule ?? "") });
  }
  if (moment.is_paused) return say.paused();
  return moment.is_open ? say.waits() : say.closed();
}

function askedWords(moment: Moment, names: Names, isProspect: boolean): string {
  const skills = (moment.candidates[0]?.skills ?? []).map((skill) => `${skill.name} ≥ ${skill.asked}`);
  const conditions = moment.conditions.map((one) => conditionWords(one, names, true));
  const what = [...skills, ...conditions].join(` ${m.routing_and()} `);
  const queue = moment.queue_name;
  if (!what)
    return isProspect
      ? m.routing_prospect_asked_nothing({ queue })
      : m.routing_moment_asked_nothing({ queue });
  return isProspect ? m.routing_prospect_asked({ queue, what }) : m.routing_moment_asked({ queue, what });
}
