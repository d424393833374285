/** What the loader and the panel know of each other; nothing else passes between the two downloads. */

import type { Locale, WidgetConfig } from "@ucc/wire";
import type { later } from "./later";
import type { Words } from "./words";

/** Who is signed in on the host site, with the proof its server made. */
export interface Person {
  readonly id?: string;
  readonly hash?: string;
  readonly name?: string;
  readonly email?: string;
}

/** What host pages may listen to with `UCC.on(name, run)`. */
export interface HostEvents {
  readonly ready: null;
  readonly open: null;
  readonly close: null;
  readonly started: { readonly conversation_id: number };
  readonly ended: { readonly conversation_id: number };
  readonly message: { readonly text: string; readonly isOwn: boolean };
  readonly unread: number;
}

/** The loader, as the panel sees it. */
export interface Handle {
  readonly root: ShadowRoot;
  readonly launcher: HTMLButtonElement;
  readonly server: string;
  readonly key: string;
  readonly locale: Locale;
  config(): WidgetConfig;
  /** Asks the server again: open, staffed and team change during the day. */
  refresh(): Promise<WidgetConfig>;
  person(): Person;
  /** Returns what few visitors need once it is loaded: asking to be called back; `onload` is called then. */
  later(onload: (change: object) => void): LaterModule["later"] | null;
  setUnread(count: number): void;
  setOpen(isOpen: boolean): void;
  emit<N extends keyof HostEvents>(name: N, detail: HostEvents[N]): void;
}

/** The panel, as the loader sees it. */
export interface Panel {
  /** `focus` is false when the page and not the visitor opens it. */
  open(focus: boolean): void;
  close(): void;
}

export interface ChatModule {
  mount(handle: Handle, words: Words): Promise<Panel>;
}

export interface LaterModule {
  readonly later: typeof later;
}

export interface WordsModule {
  readonly words: Words;
}
