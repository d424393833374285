import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const FOLDER = join(import.meta.dirname, "../messages");
type Messages = Record<string, unknown>;

function read(locale: string, file: string): Messages {
  const { $schema: _schema, ...messages } = JSON.parse(
    readFileSync(join(FOLDER, locale, file), "utf8"),
  ) as Messages;
  return messages;
}

function blanksOf(message: unknown): string[] {
  const text =
    typeof message === "string" ? message : JSON.stringify((message as { match: unknown }[])[0]?.match);
  return [...new Set(text.match(/\{\w+\}/gu) ?? [])].toSorted();
}

const FILES = readdirSync(join(FOLDER, "en"));

it.each(FILES.flatMap((file) => ["zh-CN", "zh-TW"].map((locale) => [file, locale] as const)))(
  "%s is complete in %s, with the same blanks",
  (file, locale) => {
    const english = read("en", file);
    const other = read(locale, file);
    expect(Object.keys(other).toSorted()).toEqual(Object.keys(english).toSorted());
    for (const [key, message] of Object.entries(english)) {
      const missing = blanksOf(message).filter((blank) => !blanksOf(other[key]).includes(blank));
      expect(missing, key).toEqual([]);
      expect(other[key], key).not.toBe("");
    }
  },
);

it("writes 繁體 in the words of its readers, not 简体 in other characters", () => {
  const simplified = /[这为们会时应设发对与请错输账号码邮邀删络种队页]/u;
  for (const file of FILES) {
    for (const [key, message] of Object.entries(read("zh-TW", file))) {
      expect(JSON.stringify(message), key).not.toMatch(simplified);
    }
  }
});
