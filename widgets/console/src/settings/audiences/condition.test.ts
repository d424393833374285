import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ContactField } from "@ucc/wire";
import { expect, it } from "vitest";
import {
  type Condition,
  isClaimable,
  isComplete,
  kindOf,
  OPS,
  pruned,
  rootOf,
  testOf,
  withOp,
} from "./condition";
import { draftOf, hasGap, writeOf } from "./draft";
import { type AudienceNames, audienceWords } from "./words";

const FIELDS = Object.keys(OPS) as ContactField[];
const vip = testOf("is_vip");
const orders: Condition = { type: "test", field: "attribute", key: "Orders", op: "at_least", value: 10 };
const names: AudienceNames = { tag: (id) => `tag ${id}`, person: (id) => `person ${id}` };

it("knows the operators of each field as the page about audiences does", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../../docs/audiences.md"), "utf8");
  const told: Record<string, string[]> = {};
  let before: string[] = [];
  for (const [, fields = "", words = ""] of page.matchAll(/^\| (`.*?) \| (.*?) \|/gmu)) {
    const own = [...words.matchAll(/`(\w+)`/gu)].map(([, word = ""]) => word);
    const ops = words.includes("those, and") ? [...before, ...own] : own;
    for (const [, field = ""] of fields.replace("`key`", "").matchAll(/`(\w+)`/gu)) told[field] = ops;
    before = ops;
  }
  expect(OPS).toEqual(told);
});

it("begins a test so that it says something wherever it can", () => {
  const lacking = FIELDS.filter((field) => !isComplete(testOf(field)));
  expect(lacking).toEqual(["name", "email", "phone", "attribute", "tag", "owner"]);
});

it("keeps a value only while it still says something", () => {
  const days = { ...testOf("created"), value: 7 };
  expect(withOp(days, "not_within_days").value).toBe(7);
  const owner = { ...testOf("owner"), value: 5 };
  expect(withOp(owner, "is_known").value).toBeNull();
  expect(withOp({ ...testOf("attribute"), value: "gold" }, "at_least").value).toBeNull();
  expect(kindOf("attribute", "at_least")).toBe("number");
});

it("drops tests that say nothing yet, and groups that empty with them", () => {
  const tree: Condition = {
    type: "all_of",
    of: [vip, { type: "any_of", of: [testOf("name")] }, testOf("tag")],
  };
  expect(pruned(tree)).toEqual({ type: "all_of", of: [vip] });
  expect(pruned({ type: "any_of", of: [testOf("owner")] })).toBeNull();
});

it("is not saved with a gap in it", () => {
  const draft = draftOf(null);
  expect(hasGap(draft)).toBe(true);
  expect(hasGap({ ...draft, condition: { type: "all_of", of: [vip] } })).toBe(false);
  expect(hasGap({ ...draft, condition: { type: "all_of", of: [vip, { type: "any_of", of: [] }] } })).toBe(
    true,
  );
  expect(hasGap({ ...draft, condition: { type: "all_of", of: [testOf("email")] } })).toBe(true);
});

it("writes what it read, a single test in a group", () => {
  const read = { id: 1, name: "Gold", condition: orders, priority: 9 };
  expect(writeOf(draftOf(read))).toEqual({ name: "Gold", condition: rootOf(orders), priority: 9 });
});

it("warns of what visitors can claim, unless an identity has to be verified", () => {
  const email: Condition = { ...testOf("email"), op: "ends_with", value: "@gold.example" };
  expect(isClaimable({ type: "all_of", of: [vip, email] })).toBe(true);
  expect(isClaimable({ type: "all_of", of: [testOf("is_verified"), email] })).toBe(false);
  expect(isClaimable(orders)).toBe(false);
});

it("reads as a sentence", () => {
  const tree: Condition = {
    type: "all_of",
    of: [
      orders,
      { type: "any_of", of: [{ ...testOf("tag"), value: 4 }, { ...vip, value: false }, testOf("language")] },
      { ...testOf("owner"), op: "is_unknown", value: null },
      { ...testOf("name"), op: "contains", value: "Lim" },
      testOf("created"),
    ],
  };
  expect(audienceWords(tree, names)).toBe(
    "Orders is at least 10 and (Tag is tag 4 or not VIP by hand or Language is Chinese) and Owner is unknown " +
      'and Name contains "Lim" and Known since in the last 30 days',
  );
});
