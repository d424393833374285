import { describe, expect, it } from "vitest";
import { duration, hueOf, initial, openingAt, size } from "../src/format";
import { matchLocale } from "../src/locale";

const MINUTE_MS = 60_000;

describe("formats", () => {
  it.each([
    ["en", "13 hr 20 min"],
    ["zh-CN", "13小时 20分钟"],
  ])("a wait reads well in %s", (locale, text) => {
    expect(duration((13 * 60 + 20) * MINUTE_MS, locale).replaceAll(/\u00a0/g, " ")).toBe(text);
  });

  it("a wait has two units at most and is never nothing", () => {
    expect(duration(0, "en")).toBe("1 min");
    expect(duration((3 * 1440 + 125) * MINUTE_MS, "en")).toBe("3 days 2 hr");
  });

  it("an opening is a weekday, with the date when it is far", () => {
    const monday = new Date(2026, 10, 23, 9, 0).getTime();
    expect(openingAt(monday, monday - 86_400_000, "en")).toBe("Monday at 09:00");
    expect(openingAt(monday, monday - 20 * 86_400_000, "en")).toContain("November");
    expect(openingAt(monday, monday - 86_400_000, "zh-TW")).toBe("星期一 09:00");
  });

  it.each([
    [310 * 1024, "310 kB"],
    [48 * 1024 * 1024, "48 MB"],
    [1.5 * 1024 * 1024, "1.5 MB"],
  ])("%i bytes are %s", (bytes, text) => {
    expect(size(bytes, "en")).toBe(text);
  });

  it("a face is the first sign of a name on one of six hues, always the same", () => {
    expect([initial("mina"), initial("小敏"), initial("😀x"), initial("")]).toEqual(["M", "小", "😀", ""]);
    for (const name of ["Mina", "小敏", "", "Oren"]) {
      expect(hueOf(name)).toBe(hueOf(name));
      expect([1, 2, 3, 4, 5, 6]).toContain(hueOf(name));
    }
  });
});

it.each([
  [["zh-HK"], "zh-TW"],
  [["zh-Hant-MY"], "zh-TW"],
  [["zh"], "zh-CN"],
  [["zh-Hans-SG", "en"], "zh-CN"],
  [["de-DE", "zh-CN"], "zh-CN"],
  [[undefined, "", "en-GB"], "en"],
  [["fr"], "en"],
])("the languages %j are served in %s", (tags, locale) => {
  expect(matchLocale(tags)).toBe(locale);
});
