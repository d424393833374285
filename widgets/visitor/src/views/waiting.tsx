/** The waiting card, a part of the log: the place in line and an honest interval; what comes beside it loads later. */

import { VisitorPhase, type VisitorState } from "@ucc/wire";
import type { Widget } from "../widget";
import { Opening } from "./closed";
import { Icon } from "./icons";

const DRAWN_AHEAD_MAX = 3;

export function Waiting({ w, visitor }: { w: Widget; visitor: VisitorState }) {
  const { phase } = visitor;
  const card =
    phase === VisitorPhase.CLOSED ? (
      <LeftMessage w={w} visitor={visitor} />
    ) : (
      phase === VisitorPhase.WAITING && <Card w={w} visitor={visitor} />
    );
  const isMore = visitor.offers_callback || phase === VisitorPhase.CALLBACK || phase === VisitorPhase.LEFT;
  const more = isMore && w.handle.later(w.show);
  if (more) return more(w, visitor, card);
  return card && <li class="card wait new">{card}</li>;
}

function Card({ w, visitor }: { w: Widget; visitor: VisitorState }) {
  const { words } = w;
  const { position } = visitor;
  // 0: it rings at somebody's desk this moment.
  const title = position === null ? words.soon : position < 2 ? words.next : words.place(position);
  return (
    <div role="status">
      {position !== null && <Line w={w} ahead={Math.max(0, position - 1)} />}
      <h3 class="big num">{title}</h3>
      <p class="mute num">
        {wait(w, visitor)}
        {words.waitUnknown}
      </p>
    </div>
  );
}

function wait(w: Widget, { wait_low_s, wait_high_s }: VisitorState): string {
  if (wait_low_s === null || wait_high_s === null) return "";
  return w.words.wait(Math.max(1, Math.floor(wait_low_s / 60)), Math.max(1, Math.ceil(wait_high_s / 60)));
}

/** The line as a picture: the agent, who is ahead, and the visitor. */
function Line({ w, ahead }: { w: Widget; ahead: number }) {
  const drawn = Math.min(ahead, DRAWN_AHEAD_MAX);
  return (
    <div class="line-up" role="img" aria-label={w.words.ahead(ahead)}>
      <span>
        <Icon name="agent" s />
      </span>
      {Array.from({ length: drawn }, (_, place) => (
        <span key={place}>
          <Icon name="user" s />
        </span>
      ))}
      <span class="you">
        <Icon name="user" s />
      </span>
    </div>
  );
}

function LeftMessage({ w, visitor }: { w: Widget; visitor: VisitorState }) {
  return (
    <div role="status">
      <h3 class="big">{w.words.closedNow}</h3>
      <Opening w={w} atMs={visitor.opens_at_ms} />
      <p class="mute">{w.words.leftWhileClosed}</p>
    </div>
  );
}
