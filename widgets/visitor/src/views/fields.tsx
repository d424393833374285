/** Questions of the pre-chat form and of a message left while closed. */

import type { WidgetField } from "@ucc/wire";
import type { Widget } from "../widget";
import type { Words } from "../words";

const EMAIL = /^\S+@\S+\.\S{2,}$/;
const TYPES: Readonly<Record<string, string>> = { email: "email", phone: "tel" };
const AUTOCOMPLETE: Readonly<Record<string, string>> = { name: "name", email: "email", phone: "tel" };

/** The text of a message left while closed, among the answers of its form. */
export const MESSAGE_FIELD: WidgetField = { key: "message", label: {}, is_required: true };

/** Says what is wrong with an answer, or nothing. */
export function fault(field: WidgetField, value: string, words: Words): string | null {
  if (!value.trim()) return field.is_required ? words.fieldMissing : null;
  return field.key === "email" && !EMAIL.test(value.trim()) ? words.emailBad : null;
}

/** Returns what was answered so far; a signed-in visitor has answered some by being known. */
export function answersOf(w: Widget): Readonly<Record<string, string>> {
  const { name = "", email = "" } = w.handle.person();
  return { name, email, ...w.ui.get().form.answers };
}

/** Returns the given answers if nothing is wrong; else shows what is and puts the cursor there. */
export function check(w: Widget, fields: readonly WidgetField[]): Record<string, string> | null {
  const answers = answersOf(w);
  if (fields.some((field) => fault(field, answers[field.key] ?? "", w.words))) {
    w.show({ form: { answers, isChecked: true } });
    requestAnimationFrame(() => w.find("[aria-invalid=true]")?.focus());
    return null;
  }
  const given = fields.flatMap(({ key }): [string, string][] => {
    const answer = answers[key]?.trim();
    return answer ? [[key, answer]] : [];
  });
  return Object.fromEntries(given);
}

export function Field({ w, field }: { w: Widget; field: WidgetField }) {
  const { words, handle } = w;
  const { key, is_required } = field;
  const { isChecked } = w.ui.get().form;
  const value = answersOf(w)[key] ?? "";
  const wrong = isChecked ? fault(field, value, words) : null;
  const isText = field === MESSAGE_FIELD;
  const Input = isText ? "textarea" : "input";
  return (
    <label class={wrong ? "field bad" : "field"}>
      <span>
        {field.label[handle.locale] ?? field.label.en ?? words.fields[key] ?? key}{" "}
        {!is_required && <span class="meta">{words.optional}</span>}
      </span>
      <Input
        name={key}
        {...(isText ? { rows: 5 } : { type: TYPES[key] ?? "text" })}
        autocomplete={AUTOCOMPLETE[key] ?? "off"}
        placeholder={words.hints[key] ?? ""}
        maxLength={isText ? w.config().text_max : 200}
        value={value}
        required={is_required}
        aria-invalid={wrong !== null}
        {...(wrong ? { "aria-describedby": `wrong-${key}` } : {})}
        onInput={(event) => {
          const answers = { ...answersOf(w), [key]: event.currentTarget.value };
          w.show({ form: { answers, isChecked } });
        }}
      />
      {wrong && (
        <span class="meta err" id={`wrong-${key}`}>
          {wrong}
        </span>
      )}
    </label>
  );
}
