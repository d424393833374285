/** An audience while it is edited. Pure. */
import type { Audience, AudienceWrite } from "@ucc/wire";
import { type Group, isComplete, rootOf, testsOf } from "./condition";

/** The fields of the form. */
export interface AudienceDraft {
  name: string;
  condition: Group;
  /** null: routing does not ask. */
  priority: number | null;
}

/** Return the draft of an audience; a new one asks nothing yet. */
export function draftOf(audience: Audience | null): AudienceDraft {
  return {
    name: audience?.name ?? "",
    condition: audience ? rootOf(audience.condition) : { type: "all_of", of: [] },
    priority: audience?.priority ?? null,
  };
}

/** Return whether the condition cannot be saved as it stands: a test or a group says nothing. */
export function hasGap({ condition }: AudienceDraft): boolean {
  const isEmpty = (group: Group): boolean =>
    !group.of.length || group.of.some((one) => one.type !== "test" && isEmpty(one));
  return isEmpty(condition) || !testsOf(condition).every(isComplete);
}

/** Return what is written. */
export function writeOf(draft: AudienceDraft): AudienceWrite {
  return { name: draft.name.trim(), condition: draft.condition, priority: draft.priority };
}
