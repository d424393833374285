/** Puts the panel into the loader's shadow root and joins chat, page and panel together. */

import { indexedOutbox } from "@ucc/core/outbox";
import { Store } from "@ucc/core/store";
import { type ChatOptions, openChat } from "@ucc/core/visitor/chat";
import { restOf } from "@ucc/core/visitor/rest";
import { type ChatState, headSeq, isNews, type Pending, unread } from "@ucc/core/visitor/state";
import { writeTranscript } from "@ucc/core/visitor/transcript";
import { Author, EntryKind, SystemCode, VisitorPhase, type WidgetFrame, WidgetFrameType } from "@ucc/wire";
import { afterDrawing } from "./after";
import { draw } from "./draw";
import type { Handle, Panel } from "./handle";
import { watchKeys } from "./keyboard";
import { watchPage } from "./page";
import css from "./panel.css?inline";
import { allowSound, play } from "./sound";
import { blinkTitle, stopBlinking } from "./title";
import { PanelView } from "./views/panel";
import { CLOSED, type Ui, type Widget } from "./widget";
import type { Words } from "./words";

const FILES_MAX = 5;

export async function mount(handle: Handle, words: Words): Promise<Panel> {
  const { root, key, server, locale } = handle;
  const ui = new Store<Ui>({ ...CLOSED, hasNetwork: navigator.onLine });
  const box = document.createElement("div");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  root.prepend(box);

  const show = (change: Partial<Ui>): void => ui.update((old) => ({ ...old, ...change }));
  const chat = openChat({
    key,
    socketUrl: `${server.replace(/^http/, "ws")}/v1/widget/socket`,
    rest: restOf(server, key),
    outbox: indexedOutbox<Pending>(`ucc:${key}`),
    shelf: localStorage,
    context: () => contextOf(handle, ui.get()),
    onFrame: (frame, before) => notice(frame, before),
  });

  const isSeen = (): boolean => ui.get().isOpen && !document.hidden && ui.get().view === "chat";

  const notice = (frame: WidgetFrame, before: ChatState): void => {
    const after = chat.store.get();
    if (frame.type === WidgetFrameType.STATE) {
      const hasEnded =
        frame.state.phase === VisitorPhase.ENDED && before.visitor?.phase !== VisitorPhase.ENDED;
      if (hasEnded) handle.emit("ended", { conversation_id: frame.state.conversation_id });
      if (hasEnded && wantsRating(frame.state.is_rated)) show({ view: "rating", popup: null });
      if (!hasEnded && frame.state.phase === VisitorPhase.ACTIVE && ui.get().view === "rating")
        show({ view: "chat" });
    }
    if (frame.type !== WidgetFrameType.ENTRY) return;
    const { entry } = frame;
    if (entry.kind === EntryKind.MESSAGE && entry.seq > headSeq(before)) {
      handle.emit("message", { text: entry.text, isOwn: entry.author === Author.CONTACT });
    }
    if (!isNews(after, entry)) return;
    const isJoined = entry.system?.code === SystemCode.JOINED;
    if (!ui.get().isMuted && (isJoined || !isSeen())) play(isJoined ? "joined" : "message");
    if (document.hidden) blinkTitle(words.isWaiting(entry.name ?? entry.system?.agent_name ?? words.team));
  };

  const wantsRating = (isRated: boolean): boolean =>
    handle.config().asks_rating && !isRated && (chat.kept()?.skipped_seq ?? 0) < headSeq(chat.store.get());

  const w: Widget = {
    handle,
    words,
    chat,
    ui,
    config: handle.config,
    show,
    write() {
      const asks = chat.kept() === null && ui.get().prechat === null && handle.config().prechat.length > 0;
      show({ view: asks ? "prechat" : "chat" });
      focusIn(root);
    },
    find: (selector) => box.querySelector(selector),
    close: () => setOpen(false),
    addFiles(files) {
      const limit = handle.config().attachment_bytes_max;
      const given = [...files];
      const fitting = given.filter((file) => file.size <= limit);
      show({
        files: [...ui.get().files, ...fitting].slice(0, FILES_MAX),
        tooBig: given.find((file) => file.size > limit) ?? null,
      });
    },
    sendDraft() {
      const { draft, files, prechat } = ui.get();
      show({ draft: "", files: [], tooBig: null, popup: null });
      void chat.send(draft.trim(), files, prechat ? { prechat } : {});
    },
    download() {
      const at = (ms: number): string =>
        new Date(ms).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
      const text = writeTranscript(handle.config().title, chat.store.get().entries, words, at);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
      link.download = `${handle.config().title}.txt`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
    },
  };

  const setOpen = (isOpen: boolean): void => {
    show({ isOpen, popup: null });
    handle.setOpen(isOpen);
    rememberOpen();
    if (!isOpen) handle.launcher.focus();
  };

  /** For the next page of this tab; nothing is kept before the first message. */
  const rememberOpen = (): void => {
    if (chat.kept()) sessionStorage.setItem(`ucc:${key}:open`, ui.get().isOpen ? "1" : "");
  };

  // Everything that changes in one turn is drawn once.
  let isDrawing = false;
  const redraw = (): void => {
    if (isDrawing) return;
    isDrawing = true;
    queueMicrotask(() => {
      isDrawing = false;
      if (isSeen() && ui.get().isAtEnd) chat.see();
      draw(<PanelView w={w} />, box);
      settle();
    });
  };
  const settle = afterDrawing(w);

  let lastUnread = 0;
  let conversation: number | null = null;
  chat.store.subscribe((state) => {
    const count = unread(state);
    if (count !== lastUnread) handle.setUnread(count);
    lastUnread = count;
    if (state.visitor && conversation === null) {
      conversation = state.visitor.conversation_id;
      handle.emit("started", { conversation_id: conversation });
      rememberOpen();
    }
    redraw();
  });
  ui.subscribe(redraw);

  watchKeys(root, {
    isOpen: () => ui.get().isOpen,
    close: () => (ui.get().popup ? show({ popup: null }) : setOpen(false)),
    // A press anywhere else folds a popup in; the button that opened it does so by itself.
    press(path) {
      const isInside = path.some((one) => one instanceof Element && one.matches(".popup, [aria-expanded]"));
      if (ui.get().popup && !isInside) show({ popup: null });
    },
  });
  watchPage({
    onNetwork(hasNetwork) {
      show({ hasNetwork });
      if (hasNetwork) chat.hurry();
    },
    onSeen() {
      stopBlinking();
      if (chat.store.get().connection === "reconnecting") chat.hurry();
      redraw();
    },
    onMove: chat.tellPage,
  });

  await chat.resume();
  show({ isMuted: chat.kept()?.is_muted ?? false });
  // It was open on the page before: on again, but on a phone it would hide what was navigated to.
  if (sessionStorage.getItem(`ucc:${key}:open`) === "1" && matchMedia("(min-width: 480px)").matches) {
    show({ view: "chat" });
    setOpen(true);
  }

  return {
    open(focus) {
      if (ui.get().isOpen) return;
      allowSound();
      void handle.refresh().then(redraw, () => {});
      const { visitor } = chat.store.get();
      const isOver = visitor?.phase === VisitorPhase.ENDED;
      if (isOver && wantsRating(visitor.is_rated)) show({ view: "rating" });
      else if (chat.kept() && ui.get().view === "home") show({ view: "chat" });
      setOpen(true);
      if (focus) focusIn(root);
    },
    close: () => setOpen(false),
  };
}

/** Puts the cursor where the visitor goes on: into the text or the first question, else to the first choice. */
function focusIn(root: ShadowRoot): void {
  requestAnimationFrame(() => {
    const panel = root.querySelector(".panel");
    const aims = ["textarea", "form input", ".row", "button"];
    const aim = aims.map((one) => panel?.querySelector<HTMLElement>(one)).find((one) => one);
    aim?.focus({ preventScroll: true });
  });
}

function contextOf(handle: Handle, ui: Ui): ReturnType<ChatOptions["context"]> {
  const person = handle.person();
  return {
    locale: handle.locale,
    prechat: ui.prechat ?? {},
    page: location.href,
    page_title: document.title,
    referrer: document.referrer || null,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    user_id: person.id ?? null,
    user_hash: person.hash ?? null,
    user_name: person.name ?? null,
    user_email: person.email ?? null,
  };
}
