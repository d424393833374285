/**
 * One visitor's chat: the shell around `state.ts`. It sends what is pending one after another, keeps it in
 * the outbox until its entry is back, and lets the tabs of one visitor know of each other.
 */

import {
  ErrorCode,
  type VisitorFrame,
  VisitorFrameType,
  type VisitorStart,
  type WidgetFrame,
  WidgetFrameType,
} from "@ucc/wire";
import type { Outbox } from "../outbox";
import { openSocket, type Socket, type WebSocketLike } from "../socket";
import { Store } from "../store";
import { type Kept, readKept, type Shelf, writeKept } from "./keep";
import { RequestRefused, type Rest } from "./rest";
import type { ChatState, Pending } from "./state";
import * as rules from "./state";

export const TYPING_EVERY_MS = 3_000;
export const ANSWER_MS_MAX = 15_000;

/** What goes along with a first message beside its text. */
export type StartContext = Omit<VisitorStart, "client_id" | "text">;

/** What tabs of one visitor tell each other; the news itself stands in storage. */
type TabNews = "kept" | "outbox" | { readonly gone: string };

export interface ChatOptions {
  readonly key: string;
  readonly socketUrl: string;
  readonly rest: Rest;
  readonly outbox: Outbox<Pending>;
  readonly shelf: Shelf;
  /** Asked anew for each first message: language, page, who is signed in. */
  readonly context: () => StartContext;
  readonly onFrame?: (frame: WidgetFrame, before: ChatState) => void;
  readonly connect?: (url: string) => WebSocketLike;
  readonly now?: () => number;
}

export interface Chat {
  readonly store: Store<ChatState>;
  kept(): Kept | null;
  /** Takes up what an earlier page left: the token and what was unsent. */
  resume(): Promise<void>;
  /** Shows the message at once and sends it as soon as that is possible. */
  send(text: string, files?: readonly File[], start?: Partial<StartContext>): Promise<void>;
  retry(clientId: string): void;
  discard(clientId: string): void;
  tellTyping(): void;
  tellPage(url: string, title: string): void;
  /** Everything up to the head was seen. */
  see(): void;
  end(): void;
  rate(stars: number, text: string): void;
  /** Changes what is kept, if anything is. */
  keep(change: Partial<Kept>): void;
  /** The network is back or the page is looked at: skip the rest of a wait. */
  hurry(): void;
  close(): void;
}

export function openChat(options: ChatOptions): Chat {
  const { key, rest, outbox, shelf } = options;
  const now = options.now ?? Date.now;
  const store = new Store<ChatState>(rules.EMPTY);
  const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`ucc:${key}`);
  const inOutbox = new Set<string>();
  let kept: Kept | null = readKept(shelf, key);
  let socket: Socket<VisitorFrame> | null = null;
  let isPumping = false;
  let isAgain = false;
  let typedAt = 0;
  let pumpTimer: ReturnType<typeof setTimeout> | undefined;

  const tell = (news: TabNews): void => tabs?.postMessage(news);
  const update = store.update.bind(store);

  const keep = (change: Partial<Kept>): void => {
    if (!kept) return;
    kept = { ...kept, ...change };
    writeKept(shelf, key, kept);
  };

  const connect = (): void => {
    if (socket || !kept) return;
    update((state) => ({ ...state, connection: "connecting" }));
    socket = openSocket<VisitorFrame, WidgetFrame>({
      url: options.socketUrl,
      hello: async () => ({
        type: VisitorFrameType.HELLO,
        token: kept?.token ?? "",
        last_seq: rules.headSeq(store.get()),
        page: options.context().page ?? null,
        page_title: options.context().page_title ?? null,
      }),
      onFrame: take,
      onState: (connection) => {
        update((state) => ({ ...state, connection }));
        if (connection === "live") void pump();
      },
      onRefused: (code) => {
        socket = null;
        if (code === 4401) forget();
      },
      ...(options.connect ? { connect: options.connect } : {}),
    });
  };

  const reconnect = (): void => {
    socket?.close();
    socket = null;
    connect();
  };

  /** The token is of no use any more: what is unsent opens a new conversation. */
  const forget = (): void => {
    kept = null;
    writeKept(shelf, key, null);
    store.set({ ...rules.EMPTY, pending: store.get().pending.map(rules.withoutUploads) });
    void pump();
  };

  const take = (frame: WidgetFrame): void => {
    const before = store.get();
    update((state) => rules.applyFrame(state, frame, now()));
    options.onFrame?.(frame, before);
    if (frame.type === WidgetFrameType.WELCOME || frame.type === WidgetFrameType.STATE) {
      const { conversation_id } = frame.state;
      if (conversation_id !== kept?.conversation_id) keep({ conversation_id, read_seq: 0, skipped_seq: 0 });
      // Another tab began it: the hello named a seq of the old one, so what came before that is missing.
      if (frame.type === WidgetFrameType.WELCOME && rules.isAnother(before, frame.state)) reconnect();
    }
    if (frame.type === WidgetFrameType.TYPING) {
      setTimeout(() => update((state) => rules.expire(state, now())), rules.TYPING_MS);
    }
    if (frame.type === WidgetFrameType.ENTRY && frame.entry.client_id) void settle(frame.entry.client_id);
  };

  const settle = async (clientId: string): Promise<void> => {
    inOutbox.delete(clientId);
    await outbox.remove(clientId);
  };

  /** One tab at a time sends what is unsent; another that waited finds it gone from the outbox. */
  const pump = async (): Promise<void> => {
    isAgain = isPumping;
    if (isPumping || rules.nextToSend(store.get()) === null) return;
    isPumping = true;
    clearTimeout(pumpTimer);
    const locks = globalThis.navigator?.locks;
    try {
      if (locks) await locks.request(`ucc:${key}`, sendAll);
      else await sendAll();
    } finally {
      isPumping = false;
    }
    const { pause } = store.get();
    if (pause) pumpTimer = setTimeout(wake, pause.until_ms - now());
    else if (isAgain) void pump();
  };

  const wake = (): void => {
    update((state) => rules.expire(state, now()));
    void pump();
  };

  const sendAll = async (): Promise<void> => {
    for (;;) {
      const one = rules.nextToSend(store.get());
      if (one === null) return;
      const isGone = inOutbox.has(one.client_id) && !(await outbox.list()).some(sameAs(one.client_id));
      if (isGone) drop(one.client_id);
      else if (!(await attempt(one))) return;
    }
  };

  /** Sends one message; false when there is no use in going on now. */
  const attempt = async (one: Pending): Promise<boolean> => {
    kept ??= readKept(shelf, key);
    try {
      if (!kept) await start(one);
      else if (store.get().connection !== "live") connect();
      if (store.get().connection !== "live") return !store.get().pending.some(sameAs(one.client_id));
      await uploadFiles(one.client_id);
      return await post(one.client_id);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      const failure = { code: error.code, detail: error.message };
      update((state) => rules.refuse(state, one.client_id, failure, error.retryAfterMs, now()));
      return true;
    }
  };

  /** A first message is text: its files follow under the message's own id, for only then is there a token. */
  const start = async (one: Pending): Promise<void> => {
    const [file] = one.files;
    const client_id = file?.key ?? one.client_id;
    const text = one.text || (file?.file.name ?? "");
    const answer = await rest.start({ ...(one.start ?? options.context()), client_id, text });
    const { conversation_id } = answer.state;
    kept = { token: answer.token, conversation_id, read_seq: 0, is_muted: false, skipped_seq: 0 };
    writeKept(shelf, key, kept);
    update((state) => rules.changePending(state, one.client_id, { text: "" }));
    update((state) => answer.entries.reduce(rules.addEntry, { ...state, visitor: answer.state }));
    if (file) await save(one.client_id);
    else await settle(one.client_id);
    tell("kept");
    connect();
  };

  const save = async (clientId: string): Promise<void> => {
    const one = store.get().pending.find(sameAs(clientId));
    if (one && inOutbox.has(clientId)) await outbox.put(one);
  };

  const uploadFiles = async (clientId: string): Promise<void> => {
    const files = store.get().pending.find(sameAs(clientId))?.files ?? [];
    for (const { key: fileKey, file, attachment_id } of files) {
      if (attachment_id !== null || !kept) continue;
      const moved = (change: Partial<rules.PendingFile>): void =>
        update((state) => rules.changeFile(state, clientId, fileKey, change));
      const stored = await rest.upload(file, kept.token, (progress) => moved({ progress }));
      moved({ attachment_id: stored.id, progress: 1 });
      await save(clientId);
    }
  };

  /** Hands the message over and waits for its entry, its refusal, or the end of the connection. */
  const post = async (clientId: string): Promise<boolean> => {
    const one = store.get().pending.find(sameAs(clientId));
    if (!one) return true;
    const attachment_ids = one.files.flatMap(({ attachment_id }) => attachment_id ?? []);
    const isSent = socket?.send({
      type: VisitorFrameType.MESSAGE,
      client_id: clientId,
      text: one.text,
      attachment_ids,
    });
    if (!isSent) return false;
    await until(store, ANSWER_MS_MAX, (state) => {
      const still = state.pending.find(sameAs(clientId));
      return !still || still.failure !== null || state.pause !== null || state.connection !== "live";
    });
    return store.get().connection === "live";
  };

  const drop = (clientId: string): void =>
    update((state) => ({ ...state, pending: state.pending.filter((one) => one.client_id !== clientId) }));

  const addUnsent = async (): Promise<void> => {
    for (const one of await outbox.list()) {
      inOutbox.add(one.client_id);
      update((state) => rules.addPending(state, one));
    }
  };

  const add = async (text: string, files: readonly File[], start: StartContext | null): Promise<void> => {
    const one: Pending = {
      client_id: newId(),
      at_ms: now(),
      text,
      files: files.map((file) => ({ key: newId(), file, attachment_id: null, progress: 0 })),
      start,
      failure: null,
    };
    update((state) => rules.addPending(state, one));
    try {
      await outbox.put(one);
      inOutbox.add(one.client_id);
      tell("outbox");
    } catch {
      return; // more than the outbox takes: the message lives as long as this page
    }
  };

  const listen = async (news: TabNews): Promise<void> => {
    if (typeof news === "object") drop(news.gone);
    else if (news === "outbox") await addUnsent();
    else await resume();
  };

  const resume = async (): Promise<void> => {
    kept = readKept(shelf, key);
    if (!kept) return;
    const { read_seq, conversation_id } = kept;
    const known = store.get().visitor?.conversation_id ?? conversation_id;
    if (known === conversation_id) {
      update((state) => ({ ...state, read_seq: Math.max(read_seq, state.read_seq) }));
    }
    await addUnsent();
    connect();
  };

  if (tabs) tabs.onmessage = (message: MessageEvent<TabNews>) => void listen(message.data);

  return {
    store,
    kept: () => kept,
    keep,
    resume,
    async send(text, files = [], start) {
      await add(text, files, kept ? null : { ...options.context(), ...start });
      await pump();
    },
    retry(clientId) {
      update((state) => rules.changePending(state, clientId, { failure: null }));
      void pump();
    },
    discard(clientId) {
      drop(clientId);
      void settle(clientId);
      tell({ gone: clientId });
    },
    tellTyping() {
      if (now() - typedAt < TYPING_EVERY_MS) return;
      if (socket?.send({ type: VisitorFrameType.TYPING })) typedAt = now();
    },
    tellPage: (url, title) => void socket?.send({ type: VisitorFrameType.PAGE, url, title }),
    see() {
      const seq = rules.headSeq(store.get());
      if (seq <= store.get().read_seq) return;
      update((state) => ({ ...state, read_seq: seq }));
      keep({ read_seq: seq });
      tell("kept");
      socket?.send({ type: VisitorFrameType.READ, seq });
    },
    end: () => void socket?.send({ type: VisitorFrameType.END }),
    rate: (stars, text) => void socket?.send({ type: VisitorFrameType.RATE, stars, text }),
    hurry() {
      socket?.retryNow();
      if (store.get().pause?.code === ErrorCode.UNAVAILABLE) update((state) => ({ ...state, pause: null }));
      void pump();
    },
    close() {
      tabs?.close();
      socket?.close();
    },
  };
}

/** A UUID (version 4); crypto.randomUUID is not there on pages without HTTPS. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte, place) => {
    const marked = place === 6 ? (byte & 15) | 64 : place === 8 ? (byte & 63) | 128 : byte;
    return marked.toString(16).padStart(2, "0") + ([3, 5, 7, 9].includes(place) ? "-" : "");
  });
  return hex.join("");
}

const sameAs =
  (clientId: string) =>
  (one: { readonly client_id: string | null }): boolean =>
    one.client_id === clientId;

/** Resolves when the state fits, or after `ms`. */
function until<T>(store: Store<T>, ms: number, fits: (state: T) => boolean): Promise<void> {
  return new Promise((resolve) => {
    let leave = (): void => {};
    const finish = (): void => {
      clearTimeout(timer);
      leave();
      resolve();
    };
    const timer = setTimeout(finish, ms);
    leave = store.subscribe((state) => {
      if (fits(state)) queueMicrotask(finish);
    });
  });
}
