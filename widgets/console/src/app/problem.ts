/** What went wrong, in the reader's words; and which field of a form the server meant. */
import { Offline, Problem } from "@ucc/core/console/http";
import { m } from "../paraglide/messages";
import { faultWords } from "./fault_words";
import { type Fault, faultsOf } from "./faults";

/** Return one sentence for an error; the server's own detail where ours says less. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Offline) return m.frame_problem_offline();
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  if (error.status === 429) return m.frame_problem_too_many();
  if (error.status === 403) return m.frame_problem_not_allowed();
  if (error.status === 404) return m.frame_problem_not_found();
  if (error.status === 409) return m.frame_problem_conflict({ detail: error.message });
  if (error.status >= 500) return m.frame_problem_unavailable();
  const faults = faultsIn(error);
  return faults.length ? faults.map(faultWords).join("; ") : error.message;
}

/** Return what a refusal says of fields, as the server tells it. */
export function faultsIn(error: unknown): Fault[] {
  return error instanceof Problem && error.status === 422 ? faultsOf(error.message) : [];
}

/** Errors of a form by field name; "" holds what belongs to no field. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Return the field errors of a refusal: the rule names one as `found.field`, the decoder several as keys of `found`; else "". */
export function fieldErrorsOf(error: unknown, fields: readonly string[]): FieldErrors {
  const sentence = sentenceOf(error);
  if (!(error instanceof Problem) || error.status >= 500) return { "": sentence };
  const named = typeof error.found.field === "string" ? placeOf(error.found.field, fields) : undefined;
  if (named !== undefined) return { [named]: sentence };
  const known = Object.entries(error.found).filter(([field]) => fields.includes(field));
  if (known.length) return Object.fromEntries(known.map(([field, words]) => [field, String(words)]));
  return { "": sentence };
}

/** Return the field of the form a path leads through: `distribution.relaxation[0].after_s` through `relaxation`. */
function placeOf(path: string, fields: readonly string[]): string | undefined {
  return path.split(/[.[\]]+/u).find((part) => fields.includes(part));
}
