/** Edits of a condition's tree; every one gives a new tree. Pure. */
import type { Condition } from "../../routing/words";

/** What can be added: a statement about an agent, or a group of such. */
export type PartKind = "has_skill" | "one_of_agents" | "one_of_teams" | "all_of" | "any_of";

export const LEVEL_NEW = 3;

/** Return a part without its "not", and whether it had one. */
export function sensed(part: Condition): { isNot: boolean; plain: Condition } {
  return part.type === "not_so" ? { isNot: true, plain: part.of } : { isNot: false, plain: part };
}

/** Return the part as a "not" or without. */
export function withSense(plain: Condition, isNot: boolean): Condition {
  return isNot ? { type: "not_so", of: plain } : plain;
}

/** Return a new part of a kind; a skill begins with the first there is. */
export function partOf(kind: PartKind, firstSkill: number): Condition {
  switch (kind) {
    case "has_skill":
      return { type: kind, skill_id: firstSkill, level: LEVEL_NEW };
    case "one_of_agents":
      return { type: kind, agent_ids: [] };
    case "one_of_teams":
      return { type: kind, teams: [] };
    case "all_of":
    case "any_of":
      return { type: kind, of: [] };
  }
}

/** Return the tree without parts that say nothing yet; null when nothing is left. */
export function pruned(condition: Condition): Condition | null {
  switch (condition.type) {
    case "has_skill":
      return condition;
    case "one_of_agents":
      return condition.agent_ids.length ? condition : null;
    case "one_of_teams":
      return condition.teams.length ? condition : null;
    case "not_so": {
      const of = pruned(condition.of);
      return of && { type: "not_so", of };
    }
    case "all_of":
    case "any_of": {
      const of = condition.of.map(pruned).filter((one) => one !== null);
      return of.length ? { type: condition.type, of } : null;
    }
  }
}
