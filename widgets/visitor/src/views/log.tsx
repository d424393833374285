/** The log: days, groups of bubbles, system lines, the waiting card and typing, kept at its end. */

import { type LogItem, layOut, type Tick } from "@ucc/core/visitor/log";
import { unread } from "@ucc/core/visitor/state";
import { SystemCode, type SystemEvent } from "@ucc/wire";
import { clock, dayName, dayOf } from "../format";
import type { Widget } from "../widget";
import type { Words } from "../words";
import { EntryBubble, PendingBubble } from "./bubble";
import { Icon } from "./icons";
import { Face } from "./parts";
import { Waiting } from "./waiting";

const NEAR_END_PX = 80;

/** Scrolls to the end of a log. */
export const toEnd = (box: HTMLElement | null): void => box?.scrollTo(0, box.scrollHeight);

export function Log({ w }: { w: Widget }) {
  const { words } = w;
  const state = w.chat.store.get();
  const { isAtEnd } = w.ui.get();
  const items = layOut(state, dayOf);

  const onScroll = (event: { readonly currentTarget: HTMLElement }): void => {
    const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
    const isEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (isEnd !== isAtEnd) w.show({ isAtEnd: isEnd });
  };

  const newCount = unread(state);
  return (
    <>
      <div
        class="scroll log"
        role="log"
        aria-live="polite"
        aria-label={words.messages}
        tabIndex={0}
        onScroll={onScroll}
      >
        <ol>
          {items.length === 0 && <Greeting w={w} />}
          {items.map((item) => (
            <Item key={item.key} w={w} item={item} />
          ))}
          {state.visitor && state.pending.length === 0 && <Waiting w={w} visitor={state.visitor} />}
          {state.typing && <Typing name={state.typing.name ?? words.team} words={words} />}
        </ol>
      </div>
      {!isAtEnd && newCount > 0 && (
        <button type="button" class="pill" onClick={() => toEnd(w.find(".log"))}>
          {words.newMessages(newCount)} <Icon name="down" s />
        </button>
      )}
    </>
  );
}

/** What the team says before anything was said. */
function Greeting({ w }: { w: Widget }) {
  const config = w.config();
  const text =
    config.greeting[w.handle.locale] ?? config.greeting.en ?? `${w.words.hello} ${w.words.howCanWeHelp}`;
  return (
    <li class="g">
      <Face name={config.team[0] ?? config.title} c="m" />
      <div class="bs">
        <p class="b">{text}</p>
      </div>
    </li>
  );
}

function Item({ w, item }: { w: Widget; item: LogItem }) {
  const { words, handle } = w;
  if (item.kind === "day") {
    return <li class="sys meta">{dayName(item.at_ms, Date.now(), handle.locale, words)}</li>;
  }
  if (item.kind === "system") return <li class="sys meta new">{tell(item.system, words)}</li>;
  const name = item.name ?? words.team;
  return (
    <li class={item.isOwn ? "g own" : "g new"}>
      {!item.isOwn && <Face name={name} c="m" />}
      <div class="bs">
        {item.lines.map((line) =>
          "entry" in line ? (
            <EntryBubble key={line.entry.seq} w={w} entry={line.entry} />
          ) : (
            <PendingBubble key={line.pending.client_id} w={w} pending={line.pending} />
          ),
        )}
      </div>
      {item.tick === "failed" ? (
        <Failed w={w} item={item} />
      ) : (
        <p class="meta num">
          {!item.tick && <span>{name}</span>}
          <span>{item.tick === "clock" ? words.ticks.clock : clock(item.at_ms, handle.locale)}</span>
          {item.tick && <TickMark tick={item.tick} words={words} />}
        </p>
      )}
    </li>
  );
}

function TickMark({ tick, words }: { tick: Exclude<Tick, "failed">; words: Words }) {
  const name = tick === "clock" ? "clock" : tick === "sent" ? "tick" : "ticks";
  return <Icon name={name} s c={tick === "read" ? "read" : ""} label={words.ticks[tick]} />;
}

/** A message that was not taken: why, and what can be done. */
function Failed({ w, item }: { w: Widget; item: Extract<LogItem, { kind: "group" }> }) {
  const { words, chat } = w;
  const pending = item.lines.flatMap((line) => ("pending" in line ? line.pending : []));
  const failure = pending[0]?.failure;
  const reason = failure && (words.reasons[failure.code] ?? failure.detail);
  return (
    <p class="meta err fail">
      <Icon name="alert" s />
      <span>
        {words.notSent} {reason}
      </span>
      <button
        type="button"
        class="link err"
        onClick={() => pending.forEach((one) => void chat.retry(one.client_id))}
      >
        {words.tryAgain}
      </button>
      <button
        type="button"
        class="link"
        onClick={() => pending.forEach((one) => void chat.discard(one.client_id))}
      >
        {words.remove}
      </button>
    </p>
  );
}

function Typing({ name, words }: { name: string; words: Words }) {
  return (
    <li class="g new">
      <Face name={name} c="m" />
      <div class="bs">
        <div class="b typing" role="img" aria-label={words.typing(name)}>
          <i />
          <i />
          <i />
        </div>
      </div>
    </li>
  );
}

function tell(system: SystemEvent, words: Words): string {
  switch (system.code) {
    case SystemCode.JOINED:
      return words.joined(system.agent_name ?? words.team);
    case SystemCode.TRANSFERRED:
      return words.transferred(system.agent_name ?? system.queue_name ?? "");
    case SystemCode.RESOLVED:
      return words.chatEnded;
    default:
      return words.abandoned;
  }
}
