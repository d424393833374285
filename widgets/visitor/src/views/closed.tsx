/** Outside opening hours: when it opens in the visitor's own time, and a message to leave. */

import type { WidgetField } from "@ucc/wire";
import { duration, openingAt } from "../format";
import type { Widget } from "../widget";
import { check, Field, MESSAGE_FIELD } from "./fields";
import { Icon } from "./icons";
import { CloseButton } from "./parts";

const EMAIL_FIELD: WidgetField = { key: "email", label: {}, is_required: true };

/** The address to answer to, what the inbox cannot do without, and the message. */
const fieldsOf = (w: Widget): readonly WidgetField[] => [
  EMAIL_FIELD,
  ...w.config().prechat.filter((field) => field.is_required && field.key !== EMAIL_FIELD.key),
  MESSAGE_FIELD,
];

export function Opening({ w, atMs }: { w: Widget; atMs: number | null }) {
  if (atMs === null) return null;
  const { locale } = w.handle;
  return (
    <p class="num">
      <b class="blk">{w.words.backAt(openingAt(atMs, Date.now(), locale))}</b>
      <span class="mute">{w.words.yourTime(duration(atMs - Date.now(), locale))}</span>
    </p>
  );
}

export function LeaveForm({ w }: { w: Widget }) {
  const { words } = w;
  const fields = fieldsOf(w);

  const submit = (event: Event): void => {
    event.preventDefault();
    const given = check(w, fields);
    if (!given) return;
    const { message = "", ...prechat } = given;
    void w.chat.send(message, [], { prechat, user_email: prechat.email ?? null });
    w.show({ view: "chat" });
  };

  return (
    <div class="view">
      <div class="scroll">
        <div class="hero shut">
          <div class="top">
            <span class="tile">
              <Icon name="moon" />
            </span>
            <span class="faces" />
            <CloseButton w={w} />
          </div>
          <h2 class="big">{words.closedNow}</h2>
          <Opening w={w} atMs={w.config().opens_at_ms} />
        </div>
        <form class="form" noValidate onSubmit={submit}>
          {fields.map((field) => (
            <Field key={field.key} w={w} field={field} />
          ))}
          <button type="submit" class="btn go">
            {words.leaveMessage}
          </button>
          <p class="meta mid-text">{words.weAnswerByMail}</p>
        </form>
      </div>
    </div>
  );
}
