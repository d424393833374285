/**
 * One visitor's chat: the shell around `state.ts`. It holds the connection, keeps who the visitor is, and lets
 * the tabs of one visitor know of each other; `sending.ts` sees to what they wrote.
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
import type { Rest } from "./rest";
import { openSender } from "./sending";
import type { ChatState, Pending } from "./state";
import * as rules from "./state";

export const TYPING_EVERY_MS = 3_000;

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
  /** Asks to be called on this number instead of waiting. */
  callBack(phone: string): void;
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
  let kept: Kept | null = readKept(shelf, key);
  let socket: Socket<VisitorFrame> | null = null;
  let typedAt = 0;

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

  const sender = openSender({
    key,
    store,
    rest,
    outbox,
    context: options.context,
    now,
    kept: () => (kept ??= readKept(shelf, key)),
    begin(next) {
      kept = next;
      writeKept(shelf, key, kept);
      tell("kept");
    },
    connect,
    transmit: (frame) => socket?.send(frame),
  });
  const pump = sender.pump;

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
    if (frame.type === WidgetFrameType.ENTRY && frame.entry.client_id)
      void sender.settle(frame.entry.client_id);
  };

  const listen = async (news: TabNews): Promise<void> => {
    if (typeof news === "object") sender.drop(news.gone);
    else if (news === "outbox") await sender.addUnsent();
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
    await sender.addUnsent();
    connect();
  };

  if (tabs) tabs.onmessage = (message: MessageEvent<TabNews>) => void listen(message.data);

  return {
    store,
    kept: () => kept,
    keep,
    resume,
    async send(text, files = [], start) {
      const isKept = await sender.add(text, files, kept ? null : { ...options.context(), ...start });
      if (isKept) tell("outbox");
      await pump();
    },
    retry(clientId) {
      update((state) => rules.changePending(state, clientId, { failure: null }));
      void pump();
    },
    discard(clientId) {
      sender.drop(clientId);
      void sender.settle(clientId);
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
    callBack: (phone) => void socket?.send({ type: VisitorFrameType.CALLBACK, phone }),
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
