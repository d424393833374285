/**
 * What a visitor wrote, until it is stored: kept in the outbox, sent one after another by one tab at a time, and
 * let go when its entry is back.
 */

import { type VisitorFrame, VisitorFrameType } from "@ucc/wire";
import type { Outbox } from "../outbox";
import type { Store } from "../store";
import type { StartContext } from "./chat";
import { newId } from "./ids";
import type { Kept } from "./keep";
import { RequestRefused, type Rest } from "./rest";
import type { ChatState, Pending } from "./state";
import * as rules from "./state";

export const ANSWER_MS_MAX = 15_000;

export interface SenderOptions {
  readonly key: string;
  readonly store: Store<ChatState>;
  readonly rest: Rest;
  readonly outbox: Outbox<Pending>;
  readonly context: () => StartContext;
  readonly now: () => number;
  /** Who this visitor is by now; null before the first message. */
  readonly kept: () => Kept | null;
  /** The first message was taken: this is who they are. */
  readonly begin: (kept: Kept) => void;
  readonly connect: () => void;
  readonly transmit: (frame: VisitorFrame) => boolean | undefined;
}

export interface Sender {
  /** Sends what is unsent, as far as that is possible now. */
  pump(): Promise<void>;
  /** Shows a message and keeps it; false when it is more than the outbox takes. */
  add(text: string, files: readonly File[], start: StartContext | null): Promise<boolean>;
  /** Takes up what the outbox holds. */
  addUnsent(): Promise<void>;
  /** The entry is back, or the visitor does not want it any more. */
  settle(clientId: string): Promise<void>;
  drop(clientId: string): void;
}

export function openSender(options: SenderOptions): Sender {
  const { key, store, rest, outbox, now, kept } = options;
  const inOutbox = new Set<string>();
  let isPumping = false;
  let isAgain = false;
  let pumpTimer: ReturnType<typeof setTimeout> | undefined;
  const update = store.update.bind(store);

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
    try {
      if (!kept()) await start(one);
      else if (store.get().connection !== "live") options.connect();
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
    options.begin({ token: answer.token, conversation_id, read_seq: 0, is_muted: false, skipped_seq: 0 });
    update((state) => rules.changePending(state, one.client_id, { text: "" }));
    update((state) => answer.entries.reduce(rules.addEntry, { ...state, visitor: answer.state }));
    if (file) await save(one.client_id);
    else await settle(one.client_id);
    options.connect();
  };

  const save = async (clientId: string): Promise<void> => {
    const one = store.get().pending.find(sameAs(clientId));
    if (one && inOutbox.has(clientId)) await outbox.put(one);
  };

  const uploadFiles = async (clientId: string): Promise<void> => {
    const files = store.get().pending.find(sameAs(clientId))?.files ?? [];
    for (const { key: fileKey, file, attachment_id } of files) {
      const token = kept()?.token;
      if (attachment_id !== null || !token) continue;
      const moved = (change: Partial<rules.PendingFile>): void =>
        update((state) => rules.changeFile(state, clientId, fileKey, change));
      const stored = await rest.upload(file, token, (progress) => moved({ progress }));
      moved({ attachment_id: stored.id, progress: 1 });
      await save(clientId);
    }
  };

  /** Hands the message over and waits for its entry, its refusal, or the end of the connection. */
  const post = async (clientId: string): Promise<boolean> => {
    const one = store.get().pending.find(sameAs(clientId));
    if (!one) return true;
    const attachment_ids = one.files.flatMap(({ attachment_id }) => attachment_id ?? []);
    const isSent = options.transmit({
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

  const settle = async (clientId: string): Promise<void> => {
    inOutbox.delete(clientId);
    await outbox.remove(clientId);
  };

  return {
    pump,
    drop,
    settle,
    async addUnsent() {
      for (const one of await outbox.list()) {
        inOutbox.add(one.client_id);
        update((state) => rules.addPending(state, one));
      }
    },
    async add(text, files, begun) {
      const one: Pending = {
        client_id: newId(),
        at_ms: now(),
        text,
        files: files.map((file) => ({ key: newId(), file, attachment_id: null, progress: 0 })),
        start: begun,
        failure: null,
      };
      update((state) => rules.addPending(state, one));
      try {
        await outbox.put(one);
        inOutbox.add(one.client_id);
        return true;
      } catch {
        return false; // the message lives as long as this page
      }
    },
  };
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
