/** Edits of an audience's condition; every one gives a new tree. Pure. */
import type { AllTests, AnyTest, ContactField, ContactOp, ContactTest } from "@ucc/wire";

export type Group = AllTests | AnyTest;
export type Condition = ContactTest | Group;
/** With which control a value is given. */
export type ValueKind =
  | "none"
  | "text"
  | "number"
  | "count"
  | "days"
  | "flag"
  | "language"
  | "tag"
  | "owner"
  | "channel";

export const DEPTH_MAX = 4;
export const CONVERSATIONS_MAX = 1_000;
export const DAYS_MAX = 3_650;
const DAYS_NEW = 30;
const COUNT_NEW = 3;

const EQUAL = ["is", "is_not"] as const;
const KNOWN = ["is_known", "is_unknown"] as const;
const TEXT = [...EQUAL, "contains", "contains_not", "starts_with", "ends_with", ...KNOWN] as const;
const NUMBER = ["at_least", "at_most"] as const;
const DAYS = ["within_days", "not_within_days"] as const;

/** The operators of each field, the usual one first. */
export const OPS: Readonly<Record<ContactField, readonly ContactOp[]>> = {
  name: TEXT,
  email: TEXT,
  phone: TEXT,
  language: [...EQUAL, ...KNOWN],
  attribute: [...TEXT, ...NUMBER],
  tag: EQUAL,
  owner: [...EQUAL, ...KNOWN],
  channel: EQUAL,
  is_vip: ["is"],
  is_blocked: ["is"],
  is_verified: ["is"],
  created: DAYS,
  last_message: DAYS,
  conversations: NUMBER,
};

const KINDS: Partial<Readonly<Record<ContactField, ValueKind>>> = {
  language: "language",
  tag: "tag",
  owner: "owner",
  channel: "channel",
  is_vip: "flag",
  is_blocked: "flag",
  is_verified: "flag",
  created: "days",
  last_message: "days",
  conversations: "count",
};

/** What visitors say of themselves before a chat. */
const CLAIMED: ReadonlySet<ContactField> = new Set(["name", "email", "phone"]);

/** Return with which control the value of a test is given. */
export function kindOf(field: ContactField, op: ContactOp): ValueKind {
  if (op === "is_known" || op === "is_unknown") return "none";
  return KINDS[field] ?? (op === "at_least" || op === "at_most" ? "number" : "text");
}

const FIRST: Readonly<Record<ValueKind, ContactTest["value"]>> = {
  none: null,
  text: "",
  number: null,
  count: COUNT_NEW,
  days: DAYS_NEW,
  flag: true,
  language: "zh",
  tag: null,
  owner: null,
  channel: "webchat",
};

/** Return a new test of a field, as good as it can be without being filled in. */
export function testOf(field: ContactField): ContactTest {
  const op = OPS[field][0] ?? "is";
  return { type: "test", field, op, value: FIRST[kindOf(field, op)], key: field === "attribute" ? "" : null };
}

/** Return the test with another operator; the value stays where it still says something. */
export function withOp(test: ContactTest, op: ContactOp): ContactTest {
  const [was, is] = [kindOf(test.field, test.op), kindOf(test.field, op)];
  return { ...test, op, value: was === is ? test.value : FIRST[is] };
}

/** Return whether a test says something. */
export function isComplete(test: ContactTest): boolean {
  if (test.field === "attribute" && !test.key?.trim()) return false;
  if (kindOf(test.field, test.op) === "none") return true;
  return typeof test.value === "string" ? test.value.trim() !== "" : test.value != null;
}

/** Return every test of a condition. */
export function testsOf(condition: Condition): ContactTest[] {
  return condition.type === "test" ? [condition] : condition.of.flatMap(testsOf);
}

/** Return the condition without tests that say nothing yet and groups that empty with them; null: nothing is left. */
export function pruned(condition: Condition): Condition | null {
  if (condition.type === "test") return isComplete(condition) ? condition : null;
  const of = condition.of.map(pruned).filter((one) => one !== null);
  return of.length ? { type: condition.type, of } : null;
}

/** Return the condition as the editor has it: a group on the outside. */
export function rootOf(condition: Condition): Group {
  return condition.type === "test" ? { type: "all_of", of: [condition] } : condition;
}

/** Return whether visitors could bring themselves into the audience by what they say of themselves. */
export function isClaimable(condition: Condition): boolean {
  const tests = testsOf(condition);
  return (
    tests.some(({ field }) => CLAIMED.has(field)) &&
    !tests.some(({ field, value }) => field === "is_verified" && value === true)
  );
}
