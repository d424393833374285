import type { Queue, SubjectFigures, WindowFigures } from "@ucc/wire";
import { expect, it } from "vitest";
import {
  cellWords,
  type Line,
  SORTED_FIRST,
  sorted,
  sortedBy,
  standingOf,
  totalOf,
  waitedMs,
} from "./figures";

const WINDOW: WindowFigures = {
  arrived: 0,
  served: 0,
  in_target: 0,
  abandoned: 0,
  abandoned_early: 0,
  served_wait_ms: 0,
  handled: 0,
  handled_ms: 0,
  busy_ms: 0,
  staffed_ms: 0,
  service_levels: {
    of_arrived: null,
    of_served: null,
    without_early_abandoned: null,
    early_abandoned_as_met: null,
  },
  asa_ms: null,
  aht_ms: null,
  occupancy: null,
  abandon_rate: null,
};

function line(name: string, change: Partial<SubjectFigures> = {}, day: Partial<WindowFigures> = {}): Line {
  const figures: SubjectFigures = {
    kind: "queue",
    id: 1,
    name,
    at_ms: 10_000,
    midnight_ms: 0,
    waiting: 0,
    longest_wait_ms: null,
    day: { ...WINDOW, ...day },
    recent: WINDOW,
    ...change,
  };
  return { id: 1, name, figures, queue: undefined };
}

const names = (lines: readonly Line[]): string[] => lines.map(({ name }) => name);

it("puts who has waited longest on top and what has no figure last, either way", () => {
  const lines = [line("A"), line("B", { longest_wait_ms: 5 }), line("C", { longest_wait_ms: 9 })];
  expect(names(sorted(lines, SORTED_FIRST, "day"))).toEqual(["C", "B", "A"]);
  expect(names(sorted(lines, sortedBy(SORTED_FIRST, "longest"), "day"))).toEqual(["B", "C", "A"]);
});

it("sorts names from A first, figures from the greatest, and equals by name", () => {
  expect(sortedBy(SORTED_FIRST, "name").direction).toBe("ascending");
  expect(sortedBy(SORTED_FIRST, "served").direction).toBe("descending");
  const lines = [line("B", {}, { served: 2 }), line("A", {}, { served: 2 }), line("C", {}, { served: 7 })];
  expect(names(sorted(lines, { key: "served", direction: "descending" }, "day"))).toEqual(["C", "A", "B"]);
});

it("takes ratios of sums, not means of ratios", () => {
  const busy = line("Busy", { waiting: 3, longest_wait_ms: 4 }, { served: 90, in_target: 90, abandoned: 0 });
  const quiet = line("Quiet", { waiting: 1 }, { served: 0, in_target: 0, abandoned: 10 });
  const total = totalOf([busy, quiet], "day");
  expect(total).toMatchObject({
    waiting: 4,
    served: 90,
    abandoned: 10,
    service_level: 0.9,
    abandon_rate: 0.1,
  });
  expect(total.longest?.name).toBe("Busy");
  expect(totalOf([line("A")], "day")).toMatchObject({
    longest: null,
    service_level: null,
    abandon_rate: null,
  });
});

it("lets the longest wait run on between two answers, never back", () => {
  const { figures } = line("A", { longest_wait_ms: 61_000 });
  expect(waitedMs(figures, 14_000)).toBe(65_000);
  expect(waitedMs(figures, 9_000)).toBe(61_000);
  expect(cellWords("longest", line("A", { longest_wait_ms: 61_000 }), "day", 14_000)).toBe("1:05");
  expect(cellWords("asa", line("A"), "day", 0)).toBe("–");
});

it("says the most pressing of what a queue is in", () => {
  const queue = { is_active: true, is_open: true, staffed: 0, distribution: {} } as Queue;
  expect(standingOf(queue)).toBe("unstaffed");
  expect(standingOf({ ...queue, staffed: 2 })).toBe("open");
  expect(standingOf({ ...queue, is_open: false })).toBe("closed");
  expect(standingOf({ ...queue, distribution: { is_paused: true } } as Queue)).toBe("paused");
});
