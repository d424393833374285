import { SystemCode, VisitorPhase } from "@ucc/wire";
import { describe, expect, it } from "vitest";
import { GROUP_MS, type LogItem, layOut } from "../../src/visitor/log";
import type { ChatState } from "../../src/visitor/state";
import { entry, fromAgent, pending, state, told, visitor } from "./made";

const DAY_MS = 86_400_000;
const dayOf = (atMs: number): string => String(Math.floor(atMs / DAY_MS));

/** The log in short: `day`, `joined`, `own×2 read`, `Mina×1`. */
const sketch = (now: ChatState): string[] =>
  layOut(now, dayOf).map((item: LogItem) => {
    if (item.kind === "day") return "day";
    if (item.kind === "system") return item.system.code;
    return `${item.isOwn ? "own" : item.name}×${item.lines.length}${item.tick ? ` ${item.tick}` : ""}`;
  });

describe("groups", () => {
  it("hold what one person wrote within a minute of the line before", () => {
    const entries = [
      entry(1),
      entry(2),
      fromAgent(3),
      fromAgent(4),
      fromAgent(5, { at_ms: 4_000 + GROUP_MS }),
    ];
    expect(sketch(state({ entries }))).toEqual(["day", "own×2 delivered", "Mina×2", "Mina×1"]);
  });

  it("are divided by days and by what happened", () => {
    const entries = [entry(1), told(2, SystemCode.JOINED), entry(3), entry(4, { at_ms: DAY_MS })];
    expect(sketch(state({ entries }))).toEqual([
      "day",
      "own×1 sent",
      "joined",
      "own×1 sent",
      "day",
      "own×1 sent",
    ]);
  });

  it("never mix what is stored with what is on its way or failed", () => {
    const failure = { code: "bad_input", detail: "" };
    const now = state({
      entries: [entry(1)],
      pending: [
        pending("a", { at_ms: 2_000, failure }),
        pending("b", { at_ms: 3_000 }),
        pending("c", { at_ms: 4_000 }),
      ],
    });
    expect(sketch(now)).toEqual(["day", "own×1 sent", "own×1 failed", "own×2 clock"]);
  });

  it("keep their key when their message gets its entry, so that nothing jumps", () => {
    const key = (now: ChatState): string | undefined => layOut(now, dayOf).at(-1)?.key;
    const before = key(state({ pending: [pending("a")] }));
    expect(key(state({ entries: [entry(1, { client_id: "a" })] }))).toBe(before);
  });
});

describe("ticks", () => {
  it("go from sent over delivered to read", () => {
    const entries = [entry(1)];
    expect(sketch(state({ entries, visitor: visitor() }))).toContain("own×1 sent");
    expect(sketch(state({ entries, visitor: visitor({ phase: VisitorPhase.ACTIVE }) }))).toContain(
      "own×1 delivered",
    );
    expect(sketch(state({ entries, visitor: visitor({ agent_read_seq: 1 }) }))).toContain("own×1 read");
  });
});

it("system entries that only move the state are not told", () => {
  const entries = [told(1, SystemCode.QUEUED), told(2, SystemCode.RESOLVED)];
  expect(sketch(state({ entries }))).toEqual(["day", "resolved"]);
});
