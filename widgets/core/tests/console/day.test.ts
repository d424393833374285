import { expect, test } from "vitest";
import { HOURS_SHOWN_MIN, hourLine, midnightOf, pointsOf } from "../../src/console/day";

test("a day begins at the reader's midnight", () => {
  const noon = new Date(2026, 10, 29, 12, 34, 56).getTime();
  expect(new Date(midnightOf(noon)).getHours()).toBe(0);
  expect(noon - midnightOf(noon)).toBe((12 * 60 + 34) * 60_000 + 56_000);
});

test("the line begins with the first hour of work, but shows enough of them", () => {
  const quiet = Array<number>(16).fill(0);
  expect(hourLine(quiet)).toMatchObject({ first: 16 - HOURS_SHOWN_MIN, last: 15 });
  const early = quiet.map((_, hour) => (hour === 3 ? 2 : 0));
  expect(hourLine(early)).toMatchObject({ first: 3, last: 15 });
  const late = quiet.map((_, hour) => (hour === 15 ? 2 : 0));
  expect(hourLine(late).first).toBe(16 - HOURS_SHOWN_MIN);
  expect(hourLine([1])).toEqual({ first: 0, last: 0, counts: [1] });
});

test("points fill the box, the highest count at its top", () => {
  expect(pointsOf([0, 2, 1], 100, 30)).toBe("0,30 50,0 100,15");
  expect(pointsOf([0], 100, 30)).toBe("0,30");
});
