/** The round button, its badge and the teaser, in the open shadow root that the panel shares later. */

import { BRAND, brand } from "@ucc/core/color";
import type { Locale, WidgetConfig } from "@ucc/wire";
import css from "./launcher.css?inline";

/** Four texts do not pay for a download of their own. */
const TEXTS: Readonly<
  Record<Locale, readonly [open: string, close: string, unread: string, dismiss: string]>
> = {
  en: ["Open the chat", "Close the chat", "unread", "Dismiss"],
  "zh-CN": ["打开对话", "关闭对话", "条未读", "关闭"],
  "zh-TW": ["開啟對話", "關閉對話", "則未讀", "關閉"],
};

/** Drawn path by path: pages with Trusted Types allow no innerHTML. */
const BUBBLE = [
  "M12 3.2c-5.2 0-9.3 3.7-9.3 8.3 0 2.1.8 4 2.2 5.4l-1 3.9 4.5-1.4c1.1.4 2.3.6 3.6.6 5.2 0 9.3-3.8 9.3-8.5S17.2 3.2 12 3.2Z",
  "M8 12.2c1 1.5 2.4 2.2 4 2.2s3-.7 4-2.2",
];
const DOWN = ["m6 9 6 6 6-6"];
const CROSS = ["M17 7 7 17M7 7l10 10"];

function icon(paths: readonly string[]): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  for (const d of paths) svg.appendChild(document.createElementNS(space, "path")).setAttribute("d", d);
  return svg;
}

interface LauncherOptions {
  readonly config: WidgetConfig;
  readonly locale: Locale;
  readonly theme: string;
  readonly onOpen: () => void;
  readonly onClose: () => void;
}

export interface Launcher {
  readonly root: ShadowRoot;
  readonly button: HTMLButtonElement;
  setOpen(isOpen: boolean): void;
  setBusy(isBusy: boolean): void;
  setUnread(count: number): void;
  setTheme(theme: string): void;
  tease(text: string): void;
  dismissTeaser(): void;
}

export function createLauncher({ config, locale, theme, onOpen, onClose }: LauncherOptions): Launcher {
  const [openText, closeText, unreadText, dismissText] = TEXTS[locale];
  const host = document.createElement("ucc-widget");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  const colors = new CSSStyleSheet();
  const button = document.createElement("button");
  const badge = document.createElement("span");
  const system = matchMedia("(prefers-color-scheme: dark)");
  let isOpen = false;
  let unread = 0;
  let teaser: HTMLElement | null = null;

  const paint = (): void => {
    const isDark = theme === "dark" || (theme !== "light" && system.matches);
    host.dataset.theme = isDark ? "dark" : "light";
    if (config.color.toUpperCase() === BRAND) return;
    const { fill, on, ink, soft } = brand(config.color, isDark);
    colors.replaceSync(
      `:host([data-theme]){--brand:${fill};--on-brand:${on};--brand-ink:${ink};--brand-soft:${soft}}`,
    );
  };

  const draw = (): void => {
    button.replaceChildren(icon(isOpen ? DOWN : BUBBLE));
    button.ariaExpanded = String(isOpen);
    button.ariaLabel = isOpen ? closeText : openText + (unread ? `, ${unread} ${unreadText}` : "");
    badge.textContent = unread > 9 ? "9+" : String(unread);
    if (unread && !isOpen) button.append(badge);
  };

  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet, colors];
  host.lang = locale;
  host.dir = getComputedStyle(document.documentElement).direction;
  host.dataset.side = config.position;
  system.addEventListener("change", paint);
  paint();
  badge.className = "badge";
  badge.ariaHidden = "true";
  button.className = "launch";
  button.type = "button";
  button.ariaHasPopup = "dialog";
  button.onclick = () => (isOpen ? onClose() : onOpen());
  draw();
  root.append(button);
  document.body.append(host);

  const dismissTeaser = (): void => {
    teaser?.remove();
    teaser = null;
  };

  return {
    root,
    button,
    dismissTeaser,
    setOpen(next) {
      isOpen = next;
      draw();
    },
    setBusy: (isBusy) => button.toggleAttribute("aria-busy", isBusy),
    setUnread(count) {
      unread = count;
      draw();
    },
    setTheme(next) {
      theme = next;
      paint();
    },
    tease(text) {
      if (isOpen || teaser) return;
      teaser = document.createElement("aside");
      teaser.className = "teaser";
      const say = document.createElement("button");
      const name = document.createElement("b");
      const cross = document.createElement("button");
      say.className = "say";
      name.textContent = config.team[0] ?? config.title;
      say.append(name, text);
      say.onclick = onOpen;
      cross.className = "ib";
      cross.ariaLabel = dismissText;
      cross.append(icon(CROSS));
      cross.onclick = dismissTeaser;
      teaser.append(say, cross);
      teaser.ariaLabel = name.textContent;
      root.append(teaser);
    },
  };
}
