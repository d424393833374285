/** An audience's condition as one reads it. Pure. */
import type { ContactField, ContactOp, ContactTest } from "@ucc/wire";
import { m } from "../../paraglide/messages";
import { getLocale } from "../../paraglide/runtime";
import { type Condition, kindOf } from "./condition";

/** Names by id, as far as the screen knows them. */
export interface AudienceNames {
  readonly tag: (id: number) => string;
  readonly person: (id: number) => string;
}

type Words = () => string;

const FIELDS: Readonly<Record<ContactField, Words>> = {
  name: m.contacts_name,
  email: m.contacts_email,
  phone: m.contacts_phone,
  language: m.frame_language,
  attribute: m.audiences_field_attribute,
  tag: m.audiences_field_tag,
  owner: m.contacts_owner,
  channel: m.audiences_field_channel,
  is_vip: m.audiences_field_vip,
  is_blocked: m.contacts_blocked,
  is_verified: m.audiences_field_verified,
  created: m.contacts_since,
  last_message: m.audiences_field_last_message,
  conversations: m.contacts_conversations,
};

const OPS: Readonly<Record<ContactOp, Words>> = {
  is: m.audiences_op_is,
  is_not: m.audiences_op_is_not,
  contains: m.audiences_op_contains,
  contains_not: m.audiences_op_contains_not,
  starts_with: m.audiences_op_starts_with,
  ends_with: m.audiences_op_ends_with,
  is_known: m.audiences_op_is_known,
  is_unknown: m.audiences_op_is_unknown,
  at_least: m.audiences_op_at_least,
  at_most: m.audiences_op_at_most,
  within_days: m.audiences_op_within_days,
  not_within_days: m.audiences_op_not_within_days,
};

/** Languages to choose from; a region is part of its language. */
export const LANGUAGES =
  "zh zh-CN zh-TW zh-HK en ms id ta hi th vi tl ja ko ar de es fr it nl pl pt ru tr".split(" ");

/** Return the name of a field. */
export const fieldWords = (field: ContactField): string => FIELDS[field]();
/** Return the words of an operator. */
export const opWords = (op: ContactOp): string => OPS[op]();

/** Return the name of a language in the reader's; one nobody knows keeps its tag. */
export function languageWords(tag: string): string {
  try {
    return new Intl.DisplayNames([getLocale()], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Return a condition as one reads it: "Orders is at least 10, and (Language is Chinese or Tag is VIP)". */
export function audienceWords(condition: Condition, names: AudienceNames, isInner = false): string {
  if (condition.type === "test") return testWords(condition, names);
  const word = condition.type === "all_of" ? m.routing_and() : m.routing_or();
  const text = condition.of.map((one) => audienceWords(one, names, true)).join(` ${word} `);
  return isInner && condition.of.length > 1 ? `(${text})` : text;
}

function testWords(test: ContactTest, names: AudienceNames): string {
  const { field, op, value } = test;
  const what = field === "attribute" ? (test.key ?? "") : fieldWords(field);
  switch (kindOf(field, op)) {
    case "flag":
      return value === true ? what : m.audiences_not({ what });
    case "none":
      return m.audiences_test_bare({ what, op: opWords(op) });
    case "days":
      return m.audiences_test({ what, op: opWords(op), value: m.audiences_days({ count: Number(value) }) });
    case "tag":
      return m.audiences_test({ what, op: opWords(op), value: names.tag(Number(value)) });
    case "owner":
      return m.audiences_test({ what, op: opWords(op), value: names.person(Number(value)) });
    case "language":
      return m.audiences_test({ what, op: opWords(op), value: languageWords(String(value)) });
    case "channel":
      return m.audiences_test({ what, op: opWords(op), value: m.desk_channel_webchat() });
    case "text":
      return m.audiences_test({ what, op: opWords(op), value: m.audiences_quoted({ text: String(value) }) });
    default:
      return m.audiences_test({ what, op: opWords(op), value: String(value) });
  }
}
