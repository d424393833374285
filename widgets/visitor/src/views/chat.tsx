/** The chat: one view; waiting, offline and errors add parts to it and never replace the log. */

import { ErrorCode, VisitorPhase } from "@ucc/wire";
import type { Widget } from "../widget";
import { Composer } from "./composer";
import { Icon } from "./icons";
import { Log } from "./log";
import { Menu } from "./menu";
import { Face, Faces, Head } from "./parts";

export function Chat({ w }: { w: Widget }) {
  const { words } = w;
  const ui = w.ui.get();
  return (
    <div class={ui.isDragging ? "view drag" : "view"}>
      <ChatHead w={w} />
      <Status w={w} />
      <Log w={w} />
      <Composer w={w} />
      {ui.isDragging && (
        <div class="drop">
          <Icon name="clip" />
          {words.dropHere}
        </div>
      )}
    </div>
  );
}

function ChatHead({ w }: { w: Widget }) {
  const { words } = w;
  const config = w.config();
  const visitor = w.chat.store.get().visitor;
  const menu = visitor && <Menu w={w} />;
  if (visitor?.phase === VisitorPhase.ACTIVE && visitor.agent_name) {
    const picture = (
      <span class="who new">
        <Face name={visitor.agent_name} />
        <i />
      </span>
    );
    return (
      <Head w={w} title={visitor.agent_name} hint={words.agentOnline} picture={picture}>
        {menu}
      </Head>
    );
  }
  const hints: Partial<Record<VisitorPhase, string>> = {
    [VisitorPhase.WAITING]: words.findingPerson,
    [VisitorPhase.ENDED]: words.chatEnded,
    [VisitorPhase.CLOSED]: words.closedNow,
  };
  const hint = visitor && hints[visitor.phase];
  return (
    <Head w={w} title={config.title} hint={hint}>
      <Faces names={config.team} />
      {menu}
    </Head>
  );
}

/** One line above the log when something stands between the visitor and the team. */
function Status({ w }: { w: Widget }) {
  const { words } = w;
  const { connection, pause } = w.chat.store.get();
  if (pause?.code === ErrorCode.TOO_MANY) return <Bar icon="clock" text={words.tooFast} />;
  if (connection === "closed") return <Bar icon="alert" text={words.notAllowedHere} />;
  const isOffline = !w.ui.get().hasNetwork || connection === "reconnecting" || pause !== null;
  return isOffline ? <Bar icon="nonet" text={words.noConnection} /> : null;
}

function Bar({ icon, text }: { icon: "clock" | "alert" | "nonet"; text: string }) {
  return (
    <p class="bar" role="status">
      <Icon name={icon} s />
      <span>{text}</span>
    </p>
  );
}
