import type { AgentFrame, ConsoleFrame, Me } from "@ucc/wire";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Api } from "../../src/console/api";
import { Desk } from "../../src/console/desk";
import { Http } from "../../src/console/http";
import type { WebSocketLike } from "../../src/socket";
import { aConversation, added, anEntry, anInteraction, anOffer } from "./made";

const ME = 7;
const me = {
  user: { id: ME, name: "Mei" },
  tenant_id: 1,
  permissions: [],
  csrf_token: "t",
  preferences: {},
} as unknown as Me;

/** One connection of the test's own server. */
class Line implements WebSocketLike {
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  readonly sent: AgentFrame[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as AgentFrame);
  }

  close(): void {}

  open(): void {
    this.onopen?.(new Event("open"));
  }

  say(frame: ConsoleFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent);
  }

  drop(code = 1006): void {
    this.onclose?.({ code } as CloseEvent);
  }
}

type Answers = Record<string, () => unknown>;

function aDesk(answers: Answers = {}) {
  const lines: Line[] = [];
  const asked: string[] = [];
  const all: Answers = {
    "POST /auth/ticket": () => ({ ticket: "once" }),
    "GET /views": () => ({ items: [], next: null }),
    "GET /conversations": () => ({ items: [], next: null }),
    "GET /offers": () => ({ items: [], next: null }),
    "GET /presence/me": () => null,
    ...answers,
  };
  const http = new Http({
    csrf: () => "t",
    fetch: async (input, init) => {
      const key = `${init?.method} ${String(input).replace(/^\/v1/u, "").replace(/\?.*/u, "")}`;
      asked.push(key);
      const answer = all[key];
      const body = JSON.stringify(answer ? answer() : { code: "not_found" });
      return new Response(body, { status: answer ? 200 : 404 });
    },
  });
  const desk = new Desk({
    api: new Api(http),
    me,
    socketUrl: "ws://test",
    keep: { getItem: () => null, setItem: () => {} },
    connect: () => {
      const line = new Line();
      lines.push(line);
      return line;
    },
    onSignedOut: () => {},
  });
  const line = (): Line => lines.at(-1) as Line;
  const connect = async (stale: string[] = []): Promise<void> => {
    line().open();
    await vi.advanceTimersByTimeAsync(1);
    line().say({ type: "welcome", user_id: ME, node: "a", now_ms: Date.now() + 5_000, stale });
    await vi.advanceTimersByTimeAsync(1);
  };
  return { desk, line, connect, asked };
}

function event(stream: string, seq: number, what: unknown): ConsoleFrame {
  return { type: "event", stream, seq, event: what } as ConsoleFrame;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the desk", () => {
  test("a new console asks for its own stream from now on, and for every list", async () => {
    const { line, connect, asked } = aDesk();
    await connect();
    expect(line().sent[0]).toEqual({ type: "hello", ticket: "once", streams: { "agent:7": -1 } });
    expect(asked).toEqual(
      expect.arrayContaining(["GET /views", "GET /conversations", "GET /offers", "GET /presence/me"]),
    );
  });

  test("i10_after_a_lost_connection_it_resumes_each_stream_from_the_last_seq_seen", async () => {
    const { desk, line, connect } = aDesk({
      "GET /conversations": () => ({ items: [aConversation({ id: 1, head_seq: 4 })], next: null }),
    });
    await connect();
    line().say(event("agent:7", 12, { type: "interaction_offered", offer: anOffer() }));
    line().say(event("conversation:1", 5, added({ seq: 5 })));
    expect(desk.mine.get(1)?.head_seq).toBe(5);
    line().drop();
    expect(desk.connection.get()).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(700);
    await connect();
    expect(line().sent[0]).toMatchObject({ streams: { "agent:7": 12, "conversation:1": 5 } });
  });

  test("timers go by the server's clock", async () => {
    const { desk, connect } = aDesk();
    await connect();
    expect(desk.now() - Date.now()).toBeGreaterThanOrEqual(4_990);
  });

  test("viewing is told once the stream is held, and again on a new connection", async () => {
    const { desk, line, connect } = aDesk({
      "GET /conversations/1": () => aConversation({ id: 1, head_seq: 2 }),
      "GET /conversations/1/entries": () => ({
        items: [anEntry({ seq: 1 }), anEntry({ seq: 2 })],
        next: null,
      }),
      "GET /conversations/1/drafts": () => ({ items: [], next: null }),
    });
    await connect();
    await desk.open(1);
    const words = line().sent.map((frame) => frame.type);
    expect(words.indexOf("viewing")).toBeGreaterThan(words.lastIndexOf("subscribe"));
    line().drop();
    await vi.advanceTimersByTimeAsync(700);
    await connect();
    expect(line().sent).toContainEqual({ type: "viewing", conversation_id: 1 });
  });

  test("what is opened between hello and welcome is held too", async () => {
    const { desk, line } = aDesk({
      "GET /conversations/1": () => aConversation({ id: 1, head_seq: 1 }),
      "GET /conversations/1/entries": () => ({ items: [anEntry({ seq: 1 })], next: null }),
      "GET /conversations/1/drafts": () => ({ items: [], next: null }),
    });
    line().open();
    await vi.advanceTimersByTimeAsync(1);
    await desk.open(1);
    line().say({ type: "welcome", user_id: ME, node: "a", now_ms: 0, stale: [] });
    expect(line().sent).toContainEqual({ type: "subscribe", streams: { "conversation:1": 1 } });
    expect(line().sent).toContainEqual({ type: "viewing", conversation_id: 1 });
  });

  test("an entry that came while the thread was being loaded is fetched", async () => {
    let loads = 0;
    const { desk, line, connect } = aDesk({
      "GET /conversations": () => ({ items: [aConversation({ id: 1, head_seq: 2 })], next: null }),
      "GET /conversations/1": () => aConversation({ id: 1, head_seq: 2 }),
      "GET /conversations/1/drafts": () => ({ items: [], next: null }),
      "GET /conversations/1/entries": () => {
        loads += 1;
        // The first page was read before entry 3 was written; it is announced before the page arrives.
        if (loads === 1) line().say(event("conversation:1", 3, added({ seq: 3 })));
        const items = loads === 1 ? [anEntry({ seq: 1 }), anEntry({ seq: 2 })] : [anEntry({ seq: 3 })];
        return { items, next: null };
      },
    });
    await connect();
    await desk.open(1);
    expect(
      desk.threads
        .get(1)
        ?.thread.get()
        .entries.map((entry) => entry.seq),
    ).toEqual([1, 2, 3]);
  });

  test("an accepted offer goes at once and comes back only if the answer was lost", async () => {
    let status = 0;
    const { desk, line, connect } = aDesk({
      "POST /offers/50/1/accept": () => {
        if (status) throw new TypeError("down");
        return anInteraction();
      },
    });
    await connect();
    line().say(event("agent:7", 1, { type: "interaction_offered", offer: anOffer({ expires_at_ms: 9e15 }) }));
    expect(desk.agent.get().offers).toHaveLength(1);
    status = 1;
    const answer = desk.work.accept(anOffer());
    expect(desk.agent.get().offers).toHaveLength(0);
    await expect(answer).rejects.toThrow();
    expect(desk.agent.get().offers).toHaveLength(1);
    status = 0;
    await desk.work.accept(anOffer());
    expect(desk.agent.get().offers).toHaveLength(0);
  });

  test("a hint asks the lists again, many hints once", async () => {
    const { line, connect, asked } = aDesk();
    await connect();
    await vi.advanceTimersByTimeAsync(2_000);
    const before = asked.filter((one) => one === "GET /views").length;
    for (let n = 0; n < 5; n += 1)
      line().say(event("tenant:1", 0, { type: "lists_changed", names: ["views"] }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked.filter((one) => one === "GET /views").length - before).toBe(1);
  });
});
