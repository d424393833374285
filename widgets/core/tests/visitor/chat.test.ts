import {
  ErrorCode,
  type VisitorEntry,
  VisitorFrameType,
  type VisitorMessage,
  type VisitorStart,
  WidgetFrameType,
} from "@ucc/wire";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { memoryOutbox, type Outbox } from "../../src/outbox";
import { type Chat, openChat, TYPING_EVERY_MS } from "../../src/visitor/chat";
import { readKept } from "../../src/visitor/keep";
import { RequestRefused, type Rest } from "../../src/visitor/rest";
import { ANSWER_MS_MAX } from "../../src/visitor/sending";
import { type Pending, RETRY_MS } from "../../src/visitor/state";
import { FakeSocket } from "../fake_socket";
import { entry, fromAgent, visitor } from "./made";

/** A server of one conversation: it stores by client id and echoes, as the real one does. */
class FakeServer implements Rest {
  readonly sockets: FakeSocket[] = [];
  readonly stored: VisitorEntry[] = [];
  readonly starts: VisitorStart[] = [];
  readonly uploads: string[] = [];
  refusal: RequestRefused | null = null;
  isSilent = false;

  async start(message: VisitorStart) {
    if (this.refusal) throw this.refusal;
    this.starts.push(message);
    this.store(message.client_id, message.text);
    return { token: "token", state: visitor(), entries: this.stored };
  }

  async upload(file: File) {
    if (this.refusal) throw this.refusal;
    this.uploads.push(file.name);
    return {
      id: this.uploads.length,
      name: file.name,
      media_type: "",
      size_bytes: 1,
      width: null,
      height: null,
      url: "",
    };
  }

  store(client_id: string, text: string): VisitorEntry {
    const known = this.stored.find((one) => one.client_id === client_id);
    const made = known ?? entry(this.stored.length + 1, { client_id, text });
    if (!known) this.stored.push(made);
    return made;
  }

  /** Answers what was sent on the last socket since the last call. */
  async answer(): Promise<void> {
    await settled();
    const socket = this.sockets.at(-1);
    if (!socket) return;
    socket.open();
    await settled();
    for (const frame of socket.sent.splice(0)) {
      if (frame.type === VisitorFrameType.HELLO) {
        socket.give({ type: WidgetFrameType.WELCOME, now_ms: 0, state: visitor() });
        for (const one of this.stored) {
          if (one.seq > (frame.last_seq as number)) socket.give({ type: WidgetFrameType.ENTRY, entry: one });
        }
      }
      if (frame.type === VisitorFrameType.MESSAGE && !this.isSilent) {
        const { client_id, text } = frame as unknown as VisitorMessage;
        socket.give({ type: WidgetFrameType.ENTRY, entry: this.store(client_id, text ?? "") });
      }
    }
    await settled();
  }
}

class FakeShelf {
  readonly items = new Map<string, string>();
  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.items.set(key, value);
  removeItem = (key: string): void => void this.items.delete(key);
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);
const texts = (chat: Chat): string[] => chat.store.get().entries.map((one) => one.text);

let server: FakeServer;
let shelf: FakeShelf;
let outbox: Outbox<Pending>;
let chats: Chat[];

function open(key = "k"): Chat {
  const chat = openChat({
    key,
    socketUrl: "ws://test",
    rest: server,
    outbox,
    shelf,
    context: () => ({ locale: "en", page: "https://shop.example/" }),
    connect: () => {
      server.sockets.push(new FakeSocket());
      return server.sockets.at(-1) as FakeSocket;
    },
  });
  chats.push(chat);
  return chat;
}

async function startedChat(): Promise<Chat> {
  const chat = open();
  await chat.send("hello");
  await server.answer();
  return chat;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("BroadcastChannel", undefined); // the tabs' test brings its own
  server = new FakeServer();
  shelf = new FakeShelf();
  outbox = memoryOutbox();
  chats = [];
});
afterEach(() => {
  for (const chat of chats) chat.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("nothing is kept or opened before the first message", async () => {
  const chat = open();
  await chat.resume();
  expect(shelf.items.size).toBe(0);
  expect(server.sockets).toHaveLength(0);
});

it("the first message opens the conversation with the pre-chat answers and keeps the token", async () => {
  const chat = open();
  await chat.send("hello", [], { prechat: { email: "a@b.de" } });
  expect(server.starts[0]).toMatchObject({ text: "hello", prechat: { email: "a@b.de" }, locale: "en" });
  expect(readKept(shelf, "k")?.token).toBe("token");
  await server.answer();
  expect(chat.store.get()).toMatchObject({ connection: "live", pending: [] });
  expect(texts(chat)).toEqual(["hello"]);
  expect(await outbox.list()).toEqual([]);
});

it("i3_an unsent message is sent once over a loss of the connection, and shown once", async () => {
  const chat = await startedChat();
  server.isSilent = true; // it arrives, but the answer is lost
  void chat.send("again");
  await settled();
  server.store(chat.store.get().pending[0]?.client_id ?? "", "again");
  server.sockets.at(-1)?.lose(1006);
  server.isSilent = false;
  await vi.advanceTimersByTimeAsync(20_000);
  await server.answer();
  await server.answer();
  expect(server.stored.map((one) => one.text)).toEqual(["hello", "again"]);
  expect(texts(chat)).toEqual(["hello", "again"]);
  expect(chat.store.get().pending).toEqual([]);
});

it("messages go out one after another in the order they were written", async () => {
  const chat = await startedChat();
  void chat.send("one");
  void chat.send("two");
  void chat.send("three");
  for (let n = 0; n < 4; n += 1) await server.answer();
  expect(server.stored.map((one) => one.text)).toEqual(["hello", "one", "two", "three"]);
});

it("what was unsent when the page closed is sent by the next one", async () => {
  const first = await startedChat();
  server.sockets.at(-1)?.lose(1006);
  await first.send("written offline");
  first.close();
  const second = open();
  await second.resume();
  expect(second.store.get().pending.map((one) => one.text)).toEqual(["written offline"]);
  await server.answer();
  await server.answer();
  expect(texts(second)).toEqual(["hello", "written offline"]);
  expect(await outbox.list()).toEqual([]);
});

it("without a connection the first message waits and is tried again", async () => {
  const chat = open();
  server.refusal = new RequestRefused(ErrorCode.UNAVAILABLE, "no connection");
  await chat.send("hello");
  expect(chat.store.get().pause?.code).toBe(ErrorCode.UNAVAILABLE);
  expect(chat.store.get().pending).toHaveLength(1);
  server.refusal = null;
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  expect(server.starts).toHaveLength(1);
});

it("a refused message says why and goes out when it is tried again", async () => {
  const chat = open();
  server.refusal = new RequestRefused("too_large", "text is 20000 characters, limit 10000");
  await chat.send("hello");
  expect(chat.store.get().pending[0]?.failure?.code).toBe("too_large");
  server.refusal = null;
  chat.retry(chat.store.get().pending[0]?.client_id ?? "");
  await settled();
  expect(server.starts).toHaveLength(1);
});

it("a discarded message leaves the log and the outbox", async () => {
  const chat = open();
  server.refusal = new RequestRefused("bad_input", "no");
  await chat.send("hello");
  chat.discard(chat.store.get().pending[0]?.client_id ?? "");
  await settled();
  expect(chat.store.get().pending).toEqual([]);
  expect(await outbox.list()).toEqual([]);
});

it("a message that gets no answer is sent again", async () => {
  const chat = await startedChat();
  server.isSilent = true;
  void chat.send("again");
  await server.answer();
  const sent = (): number =>
    server.sockets.at(-1)?.sent.filter(({ type }) => type === VisitorFrameType.MESSAGE).length ?? 0;
  await vi.advanceTimersByTimeAsync(ANSWER_MS_MAX + 1);
  expect(sent()).toBe(1);
});

it("files of a first message follow it, for only then is there a token", async () => {
  const chat = open();
  void chat.send("", [new File(["x"], "mug.png")]);
  await settled();
  expect(server.starts[0]?.text).toBe("mug.png");
  for (let n = 0; n < 3; n += 1) await server.answer();
  expect(server.uploads).toEqual(["mug.png"]);
  expect(chat.store.get().pending).toEqual([]);
  expect(server.stored).toHaveLength(2);
});

it("a token that is no longer good is forgotten, and what is unsent opens a new conversation", async () => {
  const chat = await startedChat();
  server.sockets.at(-1)?.lose(4401);
  expect(readKept(shelf, "k")).toBeNull();
  expect(chat.store.get().entries).toEqual([]);
  await chat.send("anew");
  expect(server.starts.map((one) => one.text)).toEqual(["hello", "anew"]);
});

it("what was seen is told and kept", async () => {
  const chat = await startedChat();
  server.sockets.at(-1)?.give({ type: WidgetFrameType.ENTRY, entry: fromAgent(2) });
  chat.see();
  chat.see();
  const reads = server.sockets.at(-1)?.sent.filter(({ type }) => type === VisitorFrameType.READ);
  expect(reads).toEqual([{ type: VisitorFrameType.READ, seq: 2 }]);
  expect(readKept(shelf, "k")?.read_seq).toBe(2);
});

it("a message after a long time goes on in the new conversation it began", async () => {
  const chat = await startedChat();
  server.sockets.at(-1)?.give({ type: WidgetFrameType.ENTRY, entry: fromAgent(2) });
  chat.see();
  server.sockets.at(-1)?.give({ type: WidgetFrameType.STATE, state: visitor({ conversation_id: 8 }) });
  server.sockets.at(-1)?.give({ type: WidgetFrameType.ENTRY, entry: entry(1, { text: "months later" }) });
  expect(texts(chat)).toEqual(["months later"]);
  expect(readKept(shelf, "k")).toMatchObject({ conversation_id: 8, read_seq: 0 });
});

it("a tab that was away while another began a conversation reads it from its beginning", async () => {
  const chat = await startedChat();
  server.sockets.at(-1)?.lose(1006);
  chat.hurry();
  server.sockets.at(-1)?.open();
  await settled();
  server.sockets
    .at(-1)
    ?.give({ type: WidgetFrameType.WELCOME, now_ms: 0, state: visitor({ conversation_id: 8 }) });
  server.sockets.at(-1)?.open();
  await settled();
  expect(server.sockets.at(-1)?.sent[0]).toMatchObject({ type: VisitorFrameType.HELLO, last_seq: 0 });
});

it("typing is told at most once in three seconds", async () => {
  const chat = await startedChat();
  vi.setSystemTime(1_000_000);
  chat.tellTyping();
  chat.tellTyping();
  vi.setSystemTime(1_000_000 + TYPING_EVERY_MS);
  chat.tellTyping();
  const told = server.sockets.at(-1)?.sent.filter(({ type }) => type === VisitorFrameType.TYPING);
  expect(told).toHaveLength(2);
});

it("a second tab joins as soon as the first has a conversation", async () => {
  const channels: FakeChannel[] = [];
  class FakeChannel {
    onmessage: ((message: { data: unknown }) => void) | null = null;
    constructor() {
      channels.push(this);
    }
    postMessage(data: unknown): void {
      for (const other of channels) if (other !== this) other.onmessage?.({ data });
    }
    close(): void {}
  }
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  const [first, second] = [open(), open()];
  await first.send("hello");
  await settled();
  expect(server.sockets, "both tabs have connected").toHaveLength(2);
  for (const socket of server.sockets) {
    socket.open();
    await settled();
    socket.give({ type: WidgetFrameType.WELCOME, now_ms: 0, state: visitor() });
    for (const one of server.stored) socket.give({ type: WidgetFrameType.ENTRY, entry: one });
  }
  expect(texts(second)).toEqual(["hello"]);
  first.see();
  await settled();
  expect(second.store.get().read_seq).toBe(1);
});
