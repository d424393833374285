/** Templates under `/`: which match what is typed, and the blanks to step through once one is in. */

import type { Template } from "@ucc/wire";

export const SHOWN_MAX = 8;

/** `[order number]` or `___`: something to fill in before sending. */
const BLANK = /\[[^[\]\n]{1,40}\]|_{3,}/g;

export interface Range {
  readonly start: number;
  readonly end: number;
}

function rank(template: Template, query: string): number {
  const name = template.name.toLowerCase();
  if (template.shortcut.toLowerCase() === query) return 0;
  if (template.shortcut.toLowerCase().startsWith(query)) return 1;
  if (name.startsWith(query)) return 2;
  if (template.initials.toLowerCase().startsWith(query)) return 3;
  if (name.includes(query)) return 4;
  if (template.text.toLowerCase().includes(query)) return 5;
  return -1;
}

/** Returns the best matches by shortcut, name, pinyin initials, then text. */
export function matchTemplates(templates: readonly Template[], typed: string): readonly Template[] {
  const query = typed.trim().toLowerCase();
  return templates
    .map((template) => ({ template, rank: query ? rank(template, query) : 2 }))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.template.name.localeCompare(b.template.name))
    .slice(0, SHOWN_MAX)
    .map((one) => one.template);
}

/** Finds the trigger just before the caret (`/word`, `@word`, `:word`, not inside a word). */
export function triggerAt(
  text: string,
  caret: number,
  sign: "/" | "@" | ":",
): (Range & { query: string }) | null {
  const start = text.lastIndexOf(sign, caret - 1);
  if (start < 0) return null;
  const query = text.slice(start + 1, caret);
  // Chinese writes without blanks, so only what looks like one word or address goes on.
  if (start > 0 && /[\w:/.@]/u.test(text[start - 1] ?? "")) return null;
  if (query.length > 30 || query.includes("\n") || query.includes("  ")) return null;
  if (sign !== "@" && query.includes(" ")) return null;
  return { start, end: caret, query };
}

/** Returns the next blank at or after `from`, going round once; null without any. */
export function nextBlank(text: string, from: number): Range | null {
  const blanks = [...text.matchAll(BLANK)].map((hit) => ({
    start: hit.index,
    end: hit.index + hit[0].length,
  }));
  return blanks.find((blank) => blank.start >= from) ?? blanks[0] ?? null;
}

export function countBlanks(text: string): number {
  return [...text.matchAll(BLANK)].length;
}
