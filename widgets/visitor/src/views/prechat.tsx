/** At most three questions on one screen, asked before the first message. */

import type { Widget } from "../widget";
import { check, Field } from "./fields";
import { Head } from "./parts";

const FIELDS_MAX = 3;

export function Prechat({ w }: { w: Widget }) {
  const { words } = w;
  const fields = w.config().prechat.slice(0, FIELDS_MAX);

  const submit = (event: Event): void => {
    event.preventDefault();
    const prechat = check(w, fields);
    if (!prechat) return;
    w.show({ prechat });
    w.write();
  };

  return (
    <div class="view">
      <Head w={w} title={words.beforeWeStart} />
      <form class="scroll form" noValidate onSubmit={submit}>
        {fields.map((field) => (
          <Field key={field.key} w={w} field={field} />
        ))}
        <button type="submit" class="btn go">
          {words.startChat}
        </button>
        <p class="meta mid-text">{words.usedOnlyToAnswer}</p>
      </form>
    </div>
  );
}
