import { expect, it } from "vitest";
import type { Condition } from "../../routing/words";
import { partOf, pruned, sensed, withSense } from "./condition";

const skill: Condition = { type: "has_skill", skill_id: 5, level: 3 };

it("drops what says nothing yet, groups that empty with it", () => {
  const tree: Condition = {
    type: "all_of",
    of: [
      skill,
      { type: "any_of", of: [partOf("one_of_agents", 5), { type: "not_so", of: partOf("one_of_teams", 5) }] },
      { type: "not_so", of: { type: "one_of_teams", teams: ["Night"] } },
    ],
  };
  expect(pruned(tree)).toEqual({
    type: "all_of",
    of: [skill, { type: "not_so", of: { type: "one_of_teams", teams: ["Night"] } }],
  });
  expect(pruned(partOf("any_of", 5))).toBeNull();
});

it("turns a part into its opposite and back", () => {
  const not = withSense(skill, true);
  expect(sensed(not)).toEqual({ isNot: true, plain: skill });
  expect(withSense(sensed(not).plain, false)).toEqual(skill);
});
