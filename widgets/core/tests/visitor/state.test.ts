import { ErrorCode, SystemCode, type VisitorEntry, WidgetFrameType } from "@ucc/wire";
import { describe, expect, it } from "vitest";
import * as rules from "../../src/visitor/state";
import { entry, fromAgent, pending, state, told, visitor } from "./made";

const seqs = (entries: readonly VisitorEntry[]): number[] => entries.map((one) => one.seq);
const refused = (code: string, client_id: string | null, retry_after_ms: number | null = null) =>
  ({ type: WidgetFrameType.REFUSED, code, detail: "because", client_id, retry_after_ms }) as const;

describe("entries", () => {
  it("stand in the order of their seq, whatever order they come in, and once", () => {
    for (const order of [
      [1, 2, 3],
      [3, 1, 2],
      [2, 2, 3, 1, 3],
    ]) {
      const after = order.reduce((before, seq) => rules.addEntry(before, entry(seq)), state());
      expect(seqs(after.entries)).toEqual([1, 2, 3]);
    }
  });

  it("take their pending message away", () => {
    const before = state({ pending: [pending("a"), pending("b")] });
    const after = rules.addEntry(before, entry(1, { client_id: "a" }));
    expect(after.pending.map((one) => one.client_id)).toEqual(["b"]);
  });

  it("of the agent end the typing; the visitor's own do not", () => {
    const before = state({ typing: { name: "Mina", until_ms: 5 } });
    expect(rules.addEntry(before, entry(1)).typing).not.toBeNull();
    expect(rules.addEntry(before, fromAgent(1)).typing).toBeNull();
  });

  it("count as unread only from the team and only beyond what was seen", () => {
    const entries = [entry(1), fromAgent(2), fromAgent(3), told(4, SystemCode.JOINED)];
    expect(rules.unread(state({ entries, read_seq: 2 }))).toBe(1);
  });

  it("are news only after this page was first welcomed", () => {
    const before = state();
    const welcomed = rules.applyFrame(
      before,
      { type: WidgetFrameType.WELCOME, now_ms: 2_500, state: visitor() },
      0,
    );
    expect(rules.isNews(before, fromAgent(9))).toBe(false);
    expect(rules.isNews(welcomed, fromAgent(2))).toBe(false);
    expect(rules.isNews(welcomed, fromAgent(3))).toBe(true);
    expect(rules.isNews(welcomed, entry(3))).toBe(false);
    expect(rules.isNews(welcomed, told(3, SystemCode.JOINED))).toBe(true);
    const again = rules.applyFrame(
      welcomed,
      { type: WidgetFrameType.WELCOME, now_ms: 9_000, state: visitor() },
      0,
    );
    expect(rules.isNews(again, fromAgent(5)), "what came while reconnecting is news").toBe(true);
  });
});

describe("what is pending", () => {
  it("is added once, oldest first, and not at all when its entry is there", () => {
    let now = state({ entries: [entry(1, { client_id: "stored" })] });
    for (const one of [
      pending("late", { at_ms: 9 }),
      pending("early", { at_ms: 1 }),
      pending("late"),
      pending("stored"),
    ]) {
      now = rules.addPending(now, one);
    }
    expect(now.pending.map((one) => one.client_id)).toEqual(["early", "late"]);
  });

  it("goes out oldest first; what failed is passed over", () => {
    const failure = { code: "bad_input", detail: "" };
    const now = state({ pending: [pending("a", { failure }), pending("b"), pending("c")] });
    expect(rules.nextToSend(now)?.client_id).toBe("b");
  });

  it("rests while the server asks for it, and goes on when the time is over", () => {
    const before = state({ pending: [pending("a")] });
    const resting = rules.applyFrame(before, refused(ErrorCode.TOO_MANY, "a", 3_000), 10);
    expect(resting.pause).toEqual({ code: ErrorCode.TOO_MANY, until_ms: 3_010 });
    expect(resting.pending[0]?.failure).toBeNull();
    expect(rules.nextToSend(resting)).toBeNull();
    expect(rules.nextToSend(rules.expire(resting, 3_009))).toBeNull();
    expect(rules.nextToSend(rules.expire(resting, 3_010))?.client_id).toBe("a");
  });

  it("fails with the reason when waiting would not help", () => {
    const after = rules.applyFrame(state({ pending: [pending("a")] }), refused("too_large", "a"), 0);
    expect(after.pending[0]?.failure).toEqual({ code: "too_large", detail: "because" });
    expect(after.pause).toBeNull();
  });

  it("of a lost conversation is uploaded anew", () => {
    const file = { key: "k", file: new File(["x"], "x.txt"), attachment_id: 5, progress: 1 };
    expect(rules.withoutUploads(pending("a", { files: [file] })).files[0]).toMatchObject({
      attachment_id: null,
      progress: 0,
    });
  });

  it("tells the progress of each file", () => {
    const file = { key: "k", file: new File(["x"], "x.txt"), attachment_id: null, progress: 0 };
    const before = state({ pending: [pending("a", { files: [file] })] });
    expect(rules.changeFile(before, "a", "k", { progress: 0.5 }).pending[0]?.files[0]?.progress).toBe(0.5);
    expect(rules.changeFile(before, "gone", "k", { progress: 0.5 })).toBe(before);
  });
});

it("typing is forgotten after its time and not before", () => {
  const typing = rules.applyFrame(state(), { type: WidgetFrameType.TYPING, name: "Mina" }, 100);
  expect(rules.expire(typing, 100 + rules.TYPING_MS - 1)).toBe(typing);
  expect(rules.expire(typing, 100 + rules.TYPING_MS).typing).toBeNull();
});

it("stale state and the frames after it give the fresh state, from any point", () => {
  const frames = [
    { type: WidgetFrameType.WELCOME, now_ms: 1, state: visitor() },
    ...[entry(1), told(3, SystemCode.JOINED), fromAgent(4), entry(6)].map(
      (one) => ({ type: WidgetFrameType.ENTRY, entry: one }) as const,
    ),
    { type: WidgetFrameType.STATE, state: visitor({ agent_read_seq: 6 }) },
  ] as const;
  const run = (from: rules.ChatState, some: readonly (typeof frames)[number][]) =>
    some.reduce((before, frame) => rules.applyFrame(before, frame, 0), from);
  const fresh = run(state(), frames);
  for (let cut = 0; cut <= frames.length; cut += 1) {
    const stale = run(state(), frames.slice(0, cut));
    expect(run(stale, frames)).toEqual(fresh); // everything again: nothing doubles
  }
});
