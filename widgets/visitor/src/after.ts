/** What the page needs after each drawing: the log's end, heights, and the cursor where the act goes on. */

import { keepPictures } from "./pictures";
import { fitRows } from "./views/composer";
import { toEnd } from "./views/log";
import type { Ui, Widget } from "./widget";

/** Returns what to call after each drawing. */
export function afterDrawing(w: Widget): () => void {
  let drawn = "";
  let before: Ui = w.ui.get();
  return () => {
    const { entries, pending, typing, visitor } = w.chat.store.get();
    const ui = w.ui.get();
    const log = w.find(".log");
    const mark = [ui.isOpen, ui.view, entries.length, pending.length, !!typing, visitor?.phase].join();
    // An own message always brings the end into view, an answer only where the reader has not scrolled up.
    if (mark !== drawn && (ui.isAtEnd || pending.at(-1)?.client_id)) toEnd(log);
    drawn = mark;
    for (const picture of log?.querySelectorAll("img") ?? []) {
      picture.onload = () => w.ui.get().isAtEnd && toEnd(log);
    }
    const area = w.find<HTMLTextAreaElement>(".comp textarea");
    if (area && (ui.draft !== before.draft || ui.view !== before.view)) fitRows(area);
    if (ui.popup !== before.popup) {
      const opened = ui.popup ? ".popup button" : `[aria-expanded][aria-label="${labelOf(w, before)}"]`;
      w.find(opened)?.focus();
    }
    keepPictures([...ui.files, ...pending.flatMap((one) => one.files.map(({ file }) => file))]);
    before = ui;
  };
}

const labelOf = (w: Widget, { popup }: Ui): string => (popup === "menu" ? w.words.more : w.words.emoji);
