import { describe, expect, it } from "vitest";
import { barsOf, faultOf, type Interval, minutesOf, nextInterval, textOfMinutes, tidied } from "./week";

describe("a time of day", () => {
  it.each([
    ["09:00", 540],
    ["9", 540],
    ["930", 570],
    ["9.30", 570],
    ["24:00", 1440],
    ["24:01", null],
    ["9:75", null],
    ["noon", null],
    ["", null],
  ])("%j is %s minutes", (text, minutes) => {
    expect(minutesOf(text)).toBe(minutes);
  });

  it("is written with two digits each", () => {
    expect(textOfMinutes(545)).toBe("09:05");
    expect(textOfMinutes(1440)).toBe("24:00");
  });
});

describe("a day", () => {
  it.each<[Interval[], string | null]>([
    [[], null],
    [[["09:00", "18:00"]], null],
    [
      [
        ["14:00", "18:00"],
        ["09:00", "13:00"],
      ],
      null,
    ],
    [
      [
        ["09:00", "13:00"],
        ["13:00", "18:00"],
      ],
      null,
    ],
    [[["18:00", "09:00"]], "backwards"],
    [
      [
        ["09:00", "14:00"],
        ["13:00", "18:00"],
      ],
      "overlap",
    ],
    [[["09:00", "x"]], "no_time"],
  ])("%j has the fault %s", (intervals, fault) => {
    expect(faultOf(intervals)).toBe(fault);
  });

  it("is saved in order and written alike", () => {
    expect(
      tidied([
        ["14", "1800"],
        ["9", "13"],
      ]),
    ).toEqual([
      ["09:00", "13:00"],
      ["14:00", "18:00"],
    ]);
  });

  it("is drawn as shares of 24 hours", () => {
    expect(barsOf([["06:00", "12:00"]])).toEqual([{ left: 25, width: 25 }]);
  });

  it("never offers an interval beyond midnight", () => {
    expect(nextInterval([])).toEqual(["09:00", "18:00"]);
    expect(nextInterval([["20:00", "24:00"]])).toEqual(["23:00", "24:00"]);
  });
});
