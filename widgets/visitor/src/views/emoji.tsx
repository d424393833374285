/** A small picker: what people use in a shop's chat, in the device's own font. */

import type { Widget } from "../widget";
import { Icon } from "./icons";

const SIGNS = [..."😀😊😂😍😘😎🤔😅😢😭😡😱🙏👍👎👏🙌💪👀🔥🎉✨✅❌❓💬📦🚚💳🎁🛒🏠"];
const COLUMNS = 8;
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowLeft: -1,
  ArrowDown: COLUMNS,
  ArrowUp: -COLUMNS,
};

export function Emoji({ w, onPick }: { w: Widget; onPick: (sign: string) => void }) {
  const isOpen = w.ui.get().popup === "emoji";
  const label = w.words.emoji;
  return (
    <>
      <button
        type="button"
        class="ib"
        aria-label={label}
        title={label}
        aria-expanded={isOpen}
        onClick={() => w.show({ popup: isOpen ? null : "emoji" })}
      >
        <Icon name="smile" />
      </button>
      {isOpen && (
        <div class="popup emoji" role="group" aria-label={label} onKeyDown={(event) => move(event, STEPS)}>
          {SIGNS.map((sign, place) => (
            <button key={sign} type="button" tabIndex={place ? -1 : 0} onClick={() => onPick(sign)}>
              {sign}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

/** Arrow keys go from button to button, and from the last round to the first. */
export function move(event: KeyboardEvent, steps: Readonly<Record<string, number>>): void {
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
  const at = buttons.indexOf(event.target as HTMLButtonElement) + step;
  buttons.at(at % buttons.length)?.focus();
}
