import type { AgentFrame, AnyEvent, StreamEvent } from "@ucc/wire";
import { describe, expect, test } from "vitest";
import { admit, FROM_NOW, Streams } from "../../src/console/streams";
import { emptyThread, type Thread, threadAfter, withEntries } from "../../src/console/thread";
import { added, randomOf } from "./made";

const NAME = "conversation:1";
const EVENTS = Array.from({ length: 30 }, (_, index) => added({ seq: index + 1 }));

function frame(seq: number, event: AnyEvent): StreamEvent {
  return { type: "event", stream: NAME, seq, event } as StreamEvent;
}

/** A server that keeps a stream and answers a subscription with what came after. */
class Server {
  readonly asked: AgentFrame[] = [];
  readonly queue: StreamEvent[] = [];
  send = (sent: AgentFrame): boolean => {
    this.asked.push(sent);
    if (sent.type !== "subscribe") return true;
    const after = sent.streams[NAME] ?? 0;
    this.queue.push(...EVENTS.slice(after).map((event, index) => frame(after + index + 1, event)));
    return true;
  };
}

function reader(server: Server): { streams: Streams; thread: () => Thread; stale: () => number } {
  let thread = withEntries(emptyThread(1), []);
  let stale = 0;
  const streams = new Streams(server.send);
  streams.hold(NAME, 0, {
    onEvent: (event) => {
      thread = threadAfter(thread, event, 0);
    },
    onStale: () => {
      stale += 1;
    },
  });
  server.queue.length = 0;
  return { streams, thread: () => thread, stale: () => stale };
}

describe("what an event is to a reader", () => {
  test.each([
    [5, 0, "signal"],
    [5, 6, "apply"],
    [5, 5, "duplicate"],
    [5, 2, "duplicate"],
    [5, 7, "gap"],
    [FROM_NOW, 41, "apply"],
  ] as const)("a reader at %i takes seq %i as %s", (head, seq, admission) => {
    expect(admit(head, seq)).toBe(admission);
  });
});

describe("streams", () => {
  test("i10_any_loss_duplicate_and_disorder_ends_in_the_whole_stream_once", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = randomOf(seed);
      const server = new Server();
      const { streams, thread } = reader(server);
      // Live delivery over a bad line: lost, doubled and swapped frames; answers to a gap come whole.
      const line = EVENTS.flatMap((event, index) => {
        const one = frame(index + 1, event);
        const luck = random();
        return luck < 0.3 ? [] : luck < 0.5 ? [one, one] : [one];
      });
      for (let at = 1; at < line.length; at += 1) {
        if (random() < 0.2) [line[at - 1], line[at]] = [line[at] as StreamEvent, line[at - 1] as StreamEvent];
      }
      for (const one of line) {
        streams.take(one);
        while (server.queue.length) streams.take(server.queue.shift() as StreamEvent);
      }
      // The connection breaks and comes back: resume from the last seq seen.
      const head = streams.heads()[NAME] ?? 0;
      server.send({ type: "subscribe", streams: { [NAME]: head } });
      for (const one of server.queue) streams.take(one);
      expect(
        thread().entries.map((entry) => entry.seq),
        `seed ${seed}`,
      ).toEqual(EVENTS.map((event) => event.entry.seq));
    }
  });

  test("a gap is asked for once until something follows on", () => {
    const server = new Server();
    const { streams, thread } = reader(server);
    streams.take(frame(1, EVENTS[0] as AnyEvent));
    const before = server.asked.length;
    streams.take(frame(5, EVENTS[4] as AnyEvent));
    streams.take(frame(6, EVENTS[5] as AnyEvent));
    expect(server.asked.slice(before)).toEqual([{ type: "subscribe", streams: { [NAME]: 1 } }]);
    expect(thread().entries).toHaveLength(1);
  });

  test("a stale stream is told to its holder and starts again from now", () => {
    const server = new Server();
    const { streams, stale } = reader(server);
    streams.take({ type: "welcome", user_id: 7, node: "a", now_ms: 0, stale: [NAME] });
    expect(stale()).toBe(1);
    expect(streams.heads()).toEqual({ [NAME]: FROM_NOW });
  });

  test("a stream the server gives no more is told to its holder, who asks and learns why", () => {
    const { streams, stale } = reader(new Server());
    streams.take({ type: "dropped", stream: NAME, code: "not_allowed", detail: "no longer yours" });
    expect(stale()).toBe(1);
  });

  test("a released stream hears nothing more and the server is told", () => {
    const server = new Server();
    let heard = 0;
    const streams = new Streams(server.send);
    const release = streams.hold(NAME, 0, { onEvent: () => (heard += 1), onStale: () => {} });
    release();
    streams.take(frame(1, EVENTS[0] as AnyEvent));
    expect(heard).toBe(0);
    expect(server.asked.at(-1)).toEqual({ type: "unsubscribe", streams: [NAME] });
  });
});
