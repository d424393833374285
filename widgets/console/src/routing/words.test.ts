import type { Candidate, Moment } from "@ucc/wire";
import { expect, it } from "vitest";
import { overwriteGetLocale } from "../paraglide/runtime";
import { type Condition, conditionWords, momentWords, verdictWords } from "./words";

const NAMES = {
  skill: (id: number) => ({ 5: "中文", 6: "Billing" })[id] ?? `#${id}`,
  person: (id: number) => `P${id}`,
};

const agent: Candidate = {
  agent_id: 1,
  agent_name: "Mei",
  verdict: "eligible",
  skills: [{ skill_id: 5, name: "中文", asked: 5, has: 8 }],
  units: 0,
  medium_units: 0,
  medium_units_max: 2,
  idle_since_ms: 0,
  since_ms: 0,
  off_queue_reason: null,
  until_ms: null,
};

const moment: Moment = {
  seq: 7,
  at_ms: 65_000,
  interaction_id: 101,
  queue_id: 3,
  queue_name: "Sales",
  medium: "chat",
  priority: 0,
  waited_ms: 40_000,
  is_open: true,
  is_paused: false,
  order_by: "earliest_deadline",
  agent_choice: "most_skilled",
  place: 1,
  waiting: 2,
  step: 0,
  steps: 0,
  conditions: [],
  preferred_agent_id: null,
  asked_by: null,
  asked_by_name: null,
  rule: "best_level_then_longest_idle",
  agent_id: 1,
  agent_name: "Mei",
  refusal: null,
  candidates: [agent],
  counts: { eligible: 1 },
};

it("reads a tree of conditions as one sentence, groups inside groups in brackets", () => {
  const tree: Condition = {
    type: "all_of",
    of: [
      {
        type: "any_of",
        of: [
          { type: "has_skill", skill_id: 5, level: 4 },
          { type: "one_of_teams", teams: ["Night"] },
        ],
      },
      { type: "not_so", of: { type: "one_of_agents", agent_ids: [9] } },
    ],
  };
  expect(conditionWords(tree, NAMES)).toBe("(中文 ≥ 4 or of team Night) and not one of P9");
});

it("says what decided first, then what was asked and the place", () => {
  expect(momentWords(moment, NAMES)).toEqual([
    "Mei was offered it: best level, then longest idle.",
    "Sales asked for 中文 ≥ 5.",
    "Order: the earliest deadline first; place 1 of 2, after waiting 0:40.",
  ]);
  const waits = {
    ...moment,
    agent_id: null,
    agent_name: null,
    rule: null,
    is_paused: true,
    step: 1,
    steps: 2,
  };
  expect(momentWords(waits, NAMES)).toContain("The queue was paused, so it waited.");
  expect(momentWords(waits, NAMES)).toContain("Relaxation step 1 of 2 was in force.");
});

it("names what barred an agent, with the figures", () => {
  const say = (change: Partial<Candidate>): string => verdictWords({ ...agent, ...change }, moment);
  expect(say({})).toBe("idle 1:05");
  expect(say({ verdict: "no_units", medium_units: 2 })).toBe("full: 2 of 2");
  expect(say({ verdict: "no_units", medium_units: 1 })).toBe("busy with other work");
  expect(say({ verdict: "no_units", medium_units_max: 0 })).toBe("does not take Chat");
  expect(say({ verdict: "off_queue", off_queue_reason: "meal" })).toBe("off queue: Meal");
  const short = [
    { skill_id: 5, name: "中文", asked: 5, has: 2 },
    { skill_id: 6, name: "Billing", asked: 1, has: 0 },
  ];
  expect(say({ verdict: "not_met", skills: short })).toBe("中文 2, asked 5 · no Billing");
});

it("says the same in 简体 and 繁體", () => {
  overwriteGetLocale(() => "zh-CN");
  expect(momentWords(moment, NAMES)[0]).toBe("分配给了 Mei：等级最高，其次空闲最久。");
  overwriteGetLocale(() => "zh-TW");
  expect(momentWords(moment, NAMES)[0]).toBe("分配給了 Mei：等級最高，其次閒置最久。");
  overwriteGetLocale(() => "en");
});
