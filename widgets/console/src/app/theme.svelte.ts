/** Light, dark or the system's; `public/theme.js` applies it before the first paint. */

const KEY = "ucc.theme";
export type Theme = "system" | "light" | "dark";

/** Return the theme named by a text, the system's if it names none. */
export function themeOf(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "system";
}

class ThemeChoice {
  current = $state<Theme>(themeOf(localStorage.getItem(KEY)));

  /** Apply a theme and remember it on this computer. */
  set(theme: Theme): void {
    this.current = theme;
    if (theme === "system") {
      localStorage.removeItem(KEY);
      delete document.documentElement.dataset.theme;
    } else {
      localStorage.setItem(KEY, theme);
      document.documentElement.dataset.theme = theme;
    }
  }
}

/** The one theme of the screen. */
export const theme = new ThemeChoice();
