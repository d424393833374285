import type { Queue } from "@ucc/wire";
import { expect, it } from "vitest";
import { cellWords, SORTED_FIRST, sorted, sortedBy } from "./columns";
import { type Line, standingOf, waitedMs } from "./figures";
import { line, queue } from "./made";
import { riskOf } from "./risk";

const names = (lines: readonly Line[]): string[] => lines.map(({ name }) => name);

it("puts what has no figure last, either way", () => {
  const lines = [line("A"), line("B", { longest_wait_ms: 5 }), line("C", { longest_wait_ms: 9 })];
  const longest = sortedBy(SORTED_FIRST, "longest");
  expect(names(sorted(lines, longest, "day"))).toEqual(["C", "B", "A"]);
  expect(names(sorted(lines, sortedBy(longest, "longest"), "day"))).toEqual(["B", "C", "A"]);
});

it("puts on top what is nearest to breaking its promise, by how much, and then by name", () => {
  const waits = (name: string, ms: number, change: Partial<Queue> = {}): Line => ({
    ...line(name, { waiting: 1, longest_wait_ms: ms }),
    queue: queue(change),
  });
  const lines = [
    { ...line("Safe"), queue: queue() },
    waits("Late", 25_000),
    waits("Later", 60_000),
    waits("Slow promise", 60_000, { answer_s: 600 }),
    waits("Nobody there", 1_000, { staffed: 0 }),
    waits("Half", 10_000),
    waits("Nearly", 16_000),
    { ...line("Also safe"), queue: queue({ staffed: 0 }) },
  ];
  const order = ["Later", "Late", "Nearly", "Nobody there", "Half", "Slow promise", "Also safe", "Safe"];
  expect(names(sorted(lines, SORTED_FIRST, "day"))).toEqual(order);
  const risks = sorted(lines, SORTED_FIRST, "day").map((one) => riskOf(one, one.figures.at_ms));
  expect(risks).toEqual(["breached", "breached", "soon", "soon", "watch", "safe", "safe", "safe"]);
});

it("sorts names from A first, figures from the greatest, and equals by name", () => {
  expect(sortedBy(SORTED_FIRST, "name").direction).toBe("ascending");
  expect(sortedBy(SORTED_FIRST, "served").direction).toBe("descending");
  const lines = [line("B", {}, { served: 2 }), line("A", {}, { served: 2 }), line("C", {}, { served: 7 })];
  expect(names(sorted(lines, { key: "served", direction: "descending" }, "day"))).toEqual(["C", "A", "B"]);
});

it("lets the longest wait run on between two answers, never back", () => {
  const { figures } = line("A", { longest_wait_ms: 61_000 });
  expect(waitedMs(figures, 14_000)).toBe(65_000);
  expect(waitedMs(figures, 9_000)).toBe(61_000);
  expect(cellWords("longest", line("A", { longest_wait_ms: 61_000 }), "day", 14_000)).toBe("1:05");
  expect(cellWords("asa", line("A"), "day", 0)).toBe("–");
});

it("says the most pressing of what a queue is in", () => {
  expect(standingOf(queue({ staffed: 0 }))).toBe("unstaffed");
  expect(standingOf(queue())).toBe("open");
  expect(standingOf(queue({ is_open: false }))).toBe("closed");
  expect(standingOf(queue({ distribution: { is_paused: true } as never }))).toBe("paused");
});
