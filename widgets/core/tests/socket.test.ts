import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { BACKOFF_MS_MAX, backoffMs, openSocket, PING_EVERY_MS, SILENCE_MS_MAX } from "../src/socket";
import { FakeSocket } from "./fake_socket";

interface Frame {
  readonly type: string;
}

let made: FakeSocket[];
const states: string[] = [];
const frames: Frame[] = [];
const refusals: number[] = [];

const last = (): FakeSocket => made.at(-1) as FakeSocket;

function open(hello: () => Promise<Frame> = async () => ({ type: "hello" })) {
  return openSocket<Frame, Frame>({
    url: "ws://test",
    hello,
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    onRefused: (code) => refusals.push(code),
    connect: () => {
      made.push(new FakeSocket());
      return last();
    },
    random: () => 0,
  });
}

async function welcome(): Promise<void> {
  last().open();
  await vi.advanceTimersByTimeAsync(0);
  last().give({ type: "welcome" });
}

beforeEach(() => {
  vi.useFakeTimers();
  made = [];
  for (const list of [states, frames, refusals]) list.length = 0;
});
afterEach(() => vi.useRealTimers());

it("says hello first and is live with the welcome", async () => {
  const socket = open();
  expect(socket.send({ type: "early" })).toBe(false);
  await welcome();
  expect(socket.send({ type: "typing" })).toBe(true);
  expect(last().sent).toEqual([{ type: "hello" }, { type: "typing" }]);
  expect(states).toEqual(["live"]);
  socket.close();
});

it("comes back after a loss, with a new hello", async () => {
  const socket = open();
  await welcome();
  last().lose(1006);
  expect(states).toEqual(["live", "reconnecting"]);
  await vi.advanceTimersByTimeAsync(BACKOFF_MS_MAX);
  expect(made).toHaveLength(2);
  await welcome();
  expect(last().sent).toEqual([{ type: "hello" }]);
  expect(states.at(-1)).toBe("live");
  socket.close();
});

it("waits longer from try to try, never above the limit, and skips the wait when asked to", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 20].map((n) => backoffMs(n, () => 1));
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(Math.max(...waits)).toBe(BACKOFF_MS_MAX);
  const socket = open();
  last().lose(1006);
  socket.retryNow();
  expect(made).toHaveLength(2);
  socket.close();
});

it.each([4400, 4401, 4403])("does not try again after %i", async (code) => {
  open();
  await welcome();
  last().lose(code);
  await vi.advanceTimersByTimeAsync(10 * BACKOFF_MS_MAX);
  expect(made).toHaveLength(1);
  expect(refusals).toEqual([code]);
  expect(states.at(-1)).toBe("closed");
});

it("pings while the server answers, and takes silence for a loss", async () => {
  const socket = open();
  await welcome();
  await vi.advanceTimersByTimeAsync(PING_EVERY_MS);
  last().give({ type: "pong" });
  await vi.advanceTimersByTimeAsync(PING_EVERY_MS);
  expect(last().sent.filter(({ type }) => type === "ping")).toHaveLength(2);
  expect(
    frames.map(({ type }) => type),
    "a pong is nobody's news",
  ).toEqual(["welcome"]);
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX);
  expect(states).toContain("reconnecting");
  socket.close();
});

it("counts a hello that cannot be made as a failed try", async () => {
  const hello = vi.fn(async (): Promise<Frame> => Promise.reject(new Error("no ticket")));
  const socket = open(hello);
  last().open();
  await vi.advanceTimersByTimeAsync(BACKOFF_MS_MAX);
  expect(made).toHaveLength(2);
  socket.close();
});

it("hears nothing more of a connection it gave up", async () => {
  const socket = open();
  await welcome();
  const old = last();
  socket.close();
  old.give({ type: "entry" });
  expect(frames.map(({ type }) => type)).toEqual(["welcome"]);
});
