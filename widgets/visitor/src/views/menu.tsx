/** What else can be done with a chat: transcript, sounds, end. */

import { VisitorPhase } from "@ucc/wire";
import type { Widget } from "../widget";
import { move } from "./emoji";
import { Icon, type IconName } from "./icons";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export function Menu({ w }: { w: Widget }) {
  const { words } = w;
  const { popup, isMuted } = w.ui.get();
  const isOpen = popup === "menu";
  const phase = w.chat.store.get().visitor?.phase;
  const canEnd = phase === VisitorPhase.WAITING || phase === VisitorPhase.ACTIVE;

  const item = (icon: IconName, text: string, run: () => void, c = "") => (
    <button
      type="button"
      role="menuitem"
      class={c}
      onClick={() => {
        w.show({ popup: null });
        run();
      }}
    >
      <Icon name={icon} s />
      {text}
    </button>
  );

  return (
    <>
      <button
        type="button"
        class="ib"
        aria-label={words.more}
        title={words.more}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => w.show({ popup: isOpen ? null : "menu" })}
      >
        <Icon name="more" c="dots" />
      </button>
      {isOpen && (
        <div class="popup menu" role="menu" aria-label={words.more} onKeyDown={(event) => move(event, STEPS)}>
          {item("doc", words.transcript, w.download)}
          {item(isMuted ? "bell" : "belloff", isMuted ? words.unmute : words.mute, () => {
            w.show({ isMuted: !isMuted });
            w.chat.keep({ is_muted: !isMuted });
          })}
          {canEnd && item("out", words.endChat, w.chat.end, "err")}
        </div>
      )}
    </>
  );
}
