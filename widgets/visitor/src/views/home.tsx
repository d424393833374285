/** Home: greeting, who is there, and the way into the chat; or, outside opening hours, a message to leave. */

import { isFromTeam, unread } from "@ucc/core/visitor/state";
import { clock } from "../format";
import type { Widget } from "../widget";
import { LeaveForm } from "./closed";
import { Icon } from "./icons";
import { CloseButton, Face, Faces, Logo } from "./parts";

export function Home({ w }: { w: Widget }) {
  const { words } = w;
  const config = w.config();
  const isKnown = w.chat.kept() !== null;
  if (!config.is_open && !isKnown) return <LeaveForm w={w} />;
  const greeting = config.greeting[w.handle.locale] ?? config.greeting.en;
  const minutes = config.reply_s === null ? null : Math.max(1, Math.round(config.reply_s / 60));
  const mustSignIn = config.needs_identity && !w.handle.person().hash;
  return (
    <div class="view">
      <div class="scroll">
        <div class="hero">
          <div class="top">
            <Logo title={config.title} />
            <b>{config.title}</b>
            <Faces names={config.team} label={words.online(config.team.join(", "))} />
            <CloseButton w={w} />
          </div>
          <h2 class="big">
            {greeting || (
              <>
                <span class="mute">{words.hello}</span>
                <br />
                {words.howCanWeHelp}
              </>
            )}
          </h2>
          <p class="st mute">
            <i class={config.is_staffed ? "dot" : "dot off"} />
            {config.is_staffed ? words.repliesIn(minutes) : words.away}
          </p>
        </div>
        <div class="stack">
          {mustSignIn && !isKnown ? (
            <p class="bar warn">{words.signInFirst}</p>
          ) : (
            <>
              {isKnown && <Continue w={w} />}
              <div class="card">
                <button type="button" class="row" onClick={w.write}>
                  <span class="tile go">
                    <Icon name="msg" />
                  </span>
                  <span>
                    <b>{isKnown ? words.continueChat : words.sendMessage}</b>
                    <span class="meta">{words.sendMessageHint}</span>
                  </span>
                  <Icon name="next" s flip />
                </button>
              </div>
            </>
          )}
        </div>
      </div>
      <p class="meta foot">{words.runsOn}</p>
    </div>
  );
}

/** The last thing the team said, with what is unread. */
function Continue({ w }: { w: Widget }) {
  const state = w.chat.store.get();
  const last = state.entries.findLast(isFromTeam);
  if (!last) return null;
  const name = last.name ?? w.words.team;
  const count = unread(state);
  return (
    <div class="card">
      <button type="button" class="row" onClick={() => w.show({ view: "chat" })}>
        <Face name={name} />
        <span>
          <b>
            {name} <span class="meta num">{clock(last.at_ms, w.handle.locale)}</span>
          </b>
          <span class="cut mute">{last.text || last.attachments[0]?.name}</span>
        </span>
        {count > 0 && (
          <span class="badge" role="img" aria-label={w.words.unread(count)}>
            {count}
          </span>
        )}
      </button>
    </div>
  );
}
