import { describe, expect, test } from "vitest";
import { ACTS_AT_ONCE, afterPick, onEach, stillThere } from "../../src/console/selection";

const ROWS = [1, 2, 3, 4, 5];
const listed = (chosen: ReadonlySet<number>): number[] => [...chosen].sort((a, b) => a - b);

describe("choosing rows", () => {
  test("flips one row", () => {
    const one = afterPick(new Set(), ROWS, 3);
    expect(listed(one)).toEqual([3]);
    expect(listed(afterPick(one, ROWS, 3))).toEqual([]);
  });

  test("takes a range in either direction, as the last row becomes", () => {
    expect(listed(afterPick(new Set([2]), ROWS, 4, 2))).toEqual([2, 3, 4]);
    expect(listed(afterPick(new Set([4]), ROWS, 2, 4))).toEqual([2, 3, 4]);
    expect(listed(afterPick(new Set([2, 3, 4]), ROWS, 3, 2))).toEqual([4]);
  });

  test("a range from a row that has left is the row alone", () => {
    expect(listed(afterPick(new Set(), ROWS, 4, 99))).toEqual([4]);
  });

  test("forgets what left the list, and stays the same set when nothing did", () => {
    const chosen = new Set([1, 9]);
    expect(listed(stillThere(chosen, ROWS))).toEqual([1]);
    const whole = new Set([1, 2]);
    expect(stillThere(whole, ROWS)).toBe(whole);
  });
});

describe("an act on each row", () => {
  test("goes on past a refusal and tells what was refused in the order of the rows", async () => {
    const done: number[] = [];
    const outcome = await onEach(ROWS, async (row) => {
      if (row % 2 === 0) throw new Error(`no ${row}`);
      done.push(row);
    });
    expect(done.sort()).toEqual([1, 3, 5]);
    expect(outcome.done).toBe(3);
    expect(outcome.refused.map(({ row, error }) => [row, String(error)])).toEqual([
      [2, "Error: no 2"],
      [4, "Error: no 4"],
    ]);
  });

  test("runs a few at a time", async () => {
    let running = 0;
    let most = 0;
    await onEach([...Array(20).keys()], async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    });
    expect(most).toBe(ACTS_AT_ONCE);
  });
});
