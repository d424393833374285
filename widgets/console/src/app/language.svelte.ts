/** The language of the screen: chosen by hand, else the browser's; messages follow it without a reload. */
import { isLocale, type Locale, overwriteGetLocale } from "../paraglide/runtime";

const KEY = "ucc.locale";

/** Each language by its own name. */
export const LANGUAGES: readonly { locale: Locale; name: string }[] = [
  { locale: "en", name: "English" },
  { locale: "zh-CN", name: "简体中文" },
  { locale: "zh-TW", name: "繁體中文" },
];

/** Return the screen language for a browser's list of wishes. */
export function localeOf(wishes: readonly string[]): Locale {
  for (const wish of wishes) {
    const lower = wish.toLowerCase();
    if (/^zh-(hant|tw|hk|mo)/u.test(lower)) return "zh-TW";
    if (lower.startsWith("zh")) return "zh-CN";
    if (lower.startsWith("en")) return "en";
  }
  return "en";
}

function kept(): Locale | null {
  const value = localStorage.getItem(KEY);
  return isLocale(value) ? value : null;
}

class Language {
  current = $state<Locale>(kept() ?? localeOf(navigator.languages));
  /** Whether somebody chose it on this computer, rather than the browser. */
  isChosen = kept() !== null;

  /** Switch the screen at once and remember it on this computer. */
  set(locale: Locale): void {
    this.current = locale;
    this.isChosen = true;
    localStorage.setItem(KEY, locale);
    document.documentElement.lang = locale;
  }
}

/** The one language of the screen. */
export const language = new Language();
document.documentElement.lang = language.current;
overwriteGetLocale(() => language.current);
