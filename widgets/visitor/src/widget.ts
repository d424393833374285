/** What every view is handed: the chat, the words, what the panel shows, and the acts of the visitor. */

import type { Store } from "@ucc/core/store";
import type { Chat } from "@ucc/core/visitor/chat";
import type { WidgetConfig } from "@ucc/wire";
import type { Handle } from "./handle";
import type { Words } from "./words";

export type View = "home" | "prechat" | "chat" | "rating" | "rated";

/** Answers being given, in the pre-chat form or in a message left while closed. */
export interface Form {
  readonly answers: Readonly<Record<string, string>>;
  /** The form was sent once: say what is wrong even where nothing was typed. */
  readonly isChecked: boolean;
}

export interface Rating {
  readonly stars: number;
  readonly reasons: readonly string[];
  readonly text: string;
}

/** Everything the panel shows beside the chat itself; views hold no state of their own. */
export interface Ui {
  readonly isOpen: boolean;
  readonly view: View;
  /** What is unfolded over the view. */
  readonly popup: "menu" | "emoji" | null;
  readonly isMuted: boolean;
  readonly hasNetwork: boolean;
  readonly isDragging: boolean;
  /** The log shows its end; what comes in keeps it there. */
  readonly isAtEnd: boolean;
  readonly form: Form;
  /** The answers of the pre-chat form, until the first message takes them along. */
  readonly prechat: Readonly<Record<string, string>> | null;
  readonly draft: string;
  readonly files: readonly File[];
  /** A file that is too large, shown until it is removed. */
  readonly tooBig: File | null;
  readonly rating: Rating;
}

export const CLOSED: Ui = {
  isOpen: false,
  view: "home",
  popup: null,
  isMuted: false,
  hasNetwork: true,
  isDragging: false,
  isAtEnd: true,
  form: { answers: {}, isChecked: false },
  prechat: null,
  draft: "",
  files: [],
  tooBig: null,
  rating: { stars: 0, reasons: [], text: "" },
};

export interface Widget {
  readonly handle: Handle;
  readonly words: Words;
  readonly chat: Chat;
  readonly ui: Store<Ui>;
  readonly config: () => WidgetConfig;
  /** Returns the first element of the panel that fits. */
  find<E extends HTMLElement>(selector: string): E | null;
  /** Changes what the panel shows. */
  show(change: Partial<Ui>): void;
  /** Goes to where a message is written: the pre-chat form first, if there is one to fill. */
  write(): void;
  close(): void;
  addFiles(files: Iterable<File>): void;
  sendDraft(): void;
  download(): void;
}
