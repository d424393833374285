/** Finds our language for a reader's. */

import { Locale } from "@ucc/wire";

const TRADITIONAL = /^zh[-_](tw|hk|mo|hant)/i;

/** Returns the first of our languages that one of these tags asks for; English if none does. */
export function matchLocale(tags: readonly (string | null | undefined)[]): Locale {
  for (const tag of tags) {
    if (!tag) continue;
    if (TRADITIONAL.test(tag)) return Locale.ZH_TW;
    if (/^zh/i.test(tag)) return Locale.ZH_CN;
    if (/^en/i.test(tag)) return Locale.EN;
  }
  return Locale.EN;
}
