/** The lines of the account menu; on a phone it also holds language and theme. */
import type { MenuLine } from "@ucc/ui/menu";
import { LANGUAGES, language } from "../app/language.svelte";
import { session } from "../app/session.svelte";
import { type Theme, theme } from "../app/theme.svelte";
import { m } from "../paraglide/messages";

const THEMES: readonly { key: Theme; label: () => string; icon: "monitor" | "sun" | "moon" }[] = [
  { key: "system", label: () => m.frame_theme_system(), icon: "monitor" },
  { key: "light", label: () => m.frame_theme_light(), icon: "sun" },
  { key: "dark", label: () => m.frame_theme_dark(), icon: "moon" },
];

/** Return the languages as menu lines. */
export function languageLines(): MenuLine[] {
  return LANGUAGES.map(({ locale, name }) => ({
    label: name,
    lang: locale,
    isChecked: language.current === locale,
    onpick: () => {
      language.set(locale);
      session.savePreferences();
    },
  }));
}

/** Return the themes as menu lines. */
export function themeLines(): MenuLine[] {
  return THEMES.map(({ key, label, icon }) => ({
    label: label(),
    icon,
    isChecked: theme.current === key,
    onpick: () => {
      theme.set(key);
      session.savePreferences();
    },
  }));
}

/** What the account menu opens. */
export type AccountDialog = "sounds" | "password";

/** Return the account menu. */
export function accountLines({
  withLook,
  onopen,
}: {
  withLook: boolean;
  onopen: (dialog: AccountDialog) => void;
}): MenuLine[] {
  const look: MenuLine[] = [
    { heading: m.frame_language() },
    ...languageLines(),
    { heading: m.frame_theme() },
    ...themeLines(),
    "rule",
  ];
  const out: MenuLine = { label: m.frame_sign_out(), icon: "sign-out", onpick: () => void session.signOut() };
  const sounds: MenuLine = { label: m.frame_sounds(), icon: "volume", onpick: () => onopen("sounds") };
  const password: MenuLine = { label: m.frame_password(), icon: "key", onpick: () => onopen("password") };
  return [...(withLook ? look : []), sounds, password, out];
}
