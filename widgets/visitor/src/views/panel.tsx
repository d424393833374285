/** The panel: a dialog beside the page, or the whole screen of a phone; holds one view at a time. */

import type { Child } from "../draw";
import type { View, Widget } from "../widget";
import { Chat } from "./chat";
import { Home } from "./home";
import { Prechat } from "./prechat";
import { Rated, Rating } from "./rating";

const VIEWS: Readonly<Record<View, (props: { w: Widget }) => Child>> = {
  home: Home,
  prechat: Prechat,
  chat: Chat,
  rating: Rating,
  rated: Rated,
};

export function PanelView({ w }: { w: Widget }) {
  const ui = w.ui.get();
  const Shown = VIEWS[ui.view];

  /** Dragging inside the panel goes from child to child; only leaving the panel itself ends it. */
  const onDrag = (event: DragEvent, isOver: boolean): void => {
    if (ui.view !== "chat" || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const isInside = (event.currentTarget as Element).contains(event.relatedTarget as Node | null);
    if (isOver !== ui.isDragging && (isOver || !isInside)) w.show({ isDragging: isOver });
  };

  const onDrop = (event: DragEvent): void => {
    onDrag(event, false);
    w.show({ isDragging: false });
    if (ui.view === "chat") w.addFiles(event.dataTransfer?.files ?? []);
  };

  return (
    <section
      class="panel"
      role="dialog"
      aria-modal={matchMedia("(max-width: 479px)").matches}
      aria-label={w.words.chatWith(w.config().title)}
      hidden={!ui.isOpen}
      onDragOver={(event) => onDrag(event, true)}
      onDragLeave={(event) => onDrag(event, false)}
      onDrop={onDrop}
    >
      <Shown key={ui.view} w={w} />
    </section>
  );
}
