import { expect, it } from "vitest";
import { words as en } from "../src/lang/en";
import { words as simplified } from "../src/lang/zh-CN";
import { words as traditional } from "../src/lang/zh-TW";
import type { Words } from "../src/words";

const LANGUAGES: readonly (readonly [string, Words])[] = [
  ["en", en],
  ["zh-CN", simplified],
  ["zh-TW", traditional],
];

/** Every text a dictionary can say, with plain arguments. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "function") return [String(value("2", "3"))];
  return value && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}

it.each(LANGUAGES)("%s leaves nothing unsaid", (_, words) => {
  for (const text of texts(words)) expect(text.trim()).not.toBe("");
});

it("all languages say the same things", () => {
  for (const [, words] of LANGUAGES) {
    expect(Object.keys(words).sort()).toEqual(Object.keys(en).sort());
    expect(words.praise).toHaveLength(en.praise.length);
    expect(Object.keys(words.reasons)).toEqual(Object.keys(en.reasons));
  }
});

it("Chinese texts are Chinese, each in its own script", () => {
  const [cn, tw] = [texts(simplified).join(""), texts(traditional).join("")];
  expect(cn).not.toMatch(/[對話訊應圖檔]/);
  expect(tw).not.toMatch(/[对话讯应图档]/);
});

it("English ordinals and intervals read as one says them", () => {
  expect([1, 2, 3, 4, 11, 12, 21, 22, 113].map(en.place)).toEqual(
    ["1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "22nd", "113th"].map((one) => `${one} in line`),
  );
  expect([en.wait(1, 1), en.wait(2, 2), en.wait(2, 5)]).toEqual([
    "Less than a minute. ",
    "About 2 min. ",
    "About 2–5 min. ",
  ]);
});
