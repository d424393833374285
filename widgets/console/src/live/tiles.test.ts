import type { LiveLimits } from "@ucc/core/console/live_limits";
import type { SubjectFigures } from "@ucc/wire";
import { expect, it } from "vitest";
import type { Line } from "./figures";
import { line, minute, queue, WINDOW } from "./made";
import { goalOf, scaleOf, servicePoints, type Tile, tilesOf } from "./tiles";

const MINUTE_MS = 60_000;
const NO_LIMITS: LiveLimits = { waiting: null, free: null };

function total(change: Partial<SubjectFigures> = {}): SubjectFigures {
  return { ...line("Lintwick").figures, kind: "tenant", id: null, ...change };
}

function tile(key: Tile["key"], of: SubjectFigures, lines: readonly Line[] = [], limits = NO_LIMITS): Tile {
  const found = tilesOf(of, lines, limits, of.at_ms).find((one) => one.key === key);
  if (!found) throw new Error(`no tile ${key}`);
  return found;
}

it("tells the service level of today as it stood at the end of each minute, and none of yesterday", () => {
  const minutes = [
    minute(0, { served: 8, in_target: 1 }), // yesterday
    minute(MINUTE_MS),
    minute(2 * MINUTE_MS, { served: 1, in_target: 1 }),
    minute(3 * MINUTE_MS, { served: 1, abandoned: 2 }),
  ];
  const day = { ...WINDOW, served: 2, in_target: 1, abandoned: 2 };
  expect(servicePoints(total({ minutes, day, midnight_ms: MINUTE_MS }))).toEqual([null, null, 1, 0.25]);
});

it("weighs the goals of queues by the contacts they had", () => {
  const busy = { ...line("Busy", {}, { served: 9 }), queue: queue({ answer_percent: 90 }) };
  const quiet = { ...line("Quiet", {}, { abandoned: 1 }), queue: queue({ answer_percent: 50 }) };
  expect(goalOf([busy, quiet])).toBeCloseTo(0.86);
  expect(
    goalOf([
      { ...line("A"), queue: queue() },
      { ...line("B"), queue: queue({ answer_percent: 60 }) },
    ]),
  ).toBeCloseTo(0.7);
  expect(goalOf([line("Gone")])).toBeNull();
});

it("says how each figure stands to its limit, and nothing where there is none", () => {
  const busy = total({ waiting: 9, on_queue: 5, free: 2 });
  expect(tile("waiting", busy)).toMatchObject({ stand: "none", limit: "", threshold: null });
  const stand = (waiting: number, free: number): string[] => {
    const limits = { waiting, free };
    return [tile("waiting", busy, [], limits).stand, tile("free", busy, [], limits).stand];
  };
  expect(stand(8, 3)).toEqual(["over", "over"]);
  expect(stand(10, 2)).toEqual(["near", "near"]);
  expect(stand(20, 1)).toEqual(["fine", "fine"]);
  const levels = (in_target: number): string => {
    const day = { ...WINDOW, served: 100, in_target };
    const of_arrived = in_target / 100;
    const told = { ...day, service_levels: { ...WINDOW.service_levels, of_arrived } };
    return tile("service_level", total({ day: told }), [{ ...line("A"), queue: queue() }]).stand;
  };
  expect([levels(80), levels(79), levels(74)]).toEqual(["fine", "near", "over"]);
});

it("measures the longest wait by the promise of the queue it is in", () => {
  const slow = { ...line("Slow", { waiting: 1, longest_wait_ms: 90_000 }), queue: queue({ answer_s: 600 }) };
  const quick = { ...line("Quick", { waiting: 1, longest_wait_ms: 15_000 }), queue: queue() };
  expect(tile("longest", total(), [slow, quick])).toMatchObject({
    stand: "fine",
    note: "Slow",
    threshold: 600_000,
  });
  expect(tile("longest", total(), [quick])).toMatchObject({
    stand: "fine",
    value: "0:15",
    threshold: 20_000,
  });
  const none = { ...line("None"), queue: queue() };
  expect(tile("longest", total(), [none])).toMatchObject({ stand: "none", value: "–", threshold: 20_000 });
});

it("draws counts from 0 and a share around what it is, limits included", () => {
  expect(scaleOf({ key: "waiting", points: [1, 4], threshold: 9 })).toEqual([0, 9]);
  expect(scaleOf({ key: "free", points: [0, 0], threshold: null })).toEqual([0, 1]);
  const [least, most] = scaleOf({ key: "service_level", points: [0.9, null, 0.7], threshold: 0.8 });
  expect([least, most].map((one) => one.toFixed(2))).toEqual(["0.65", "0.95"]);
});
