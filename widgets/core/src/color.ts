/** One brand colour in, four colours out; every text pair they make reaches 4.5:1. */

const CONTRAST_MIN = 4.5;
const DARK_FILL_CONTRAST_MIN = 7;
const STEP = 0.04;
/** Our own colour; its values in both themes stand in the style sheets. */
export const BRAND = "#4649D1";
const SURFACE = { light: "#FFFFFF", dark: "#171C23" };
const RAISED = { light: "#FFFFFF", dark: "#202832" };
const SOFT_SHARE = { light: 0.1, dark: 0.28 };
const TEXT = { light: "#17202C", dark: "#E8ECF1" };

type Rgb = readonly [number, number, number];

export interface Brand {
  /** Background of the primary action. */
  readonly fill: string;
  /** Text on `fill`. */
  readonly on: string;
  /** The brand as text on a surface or on `soft`. */
  readonly ink: string;
  /** A tint for tiles and selection. */
  readonly soft: string;
}

const parse = (hex: string): Rgb => {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
};

const format = (rgb: readonly number[]): string =>
  `#${rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;

const mix = (from: string, to: string, share: number): string => {
  const target = parse(to);
  return format(parse(from).map((c, i) => c + ((target[i] ?? 0) - c) * share));
};

/** Lightens by `share` of the way to white; hue and saturation (HSL) stay, where mixing would grey them. */
const lift = (hex: string, share: number): string => {
  const [r, g, b] = parse(hex).map((c) => c / 255) as unknown as Rgb;
  const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
  const middle = (high + low) / 2;
  const lifted = middle + (1 - middle) * share;
  const reach = (at: number): number => Math.min(at, 1 - at);
  // With hue and saturation kept, a channel's distance from the middle scales with the room it has there.
  const scale = reach(middle) ? reach(lifted) / reach(middle) : 0;
  return format([r, g, b].map((c) => 255 * (lifted + (c - middle) * scale)));
};

const luminance = (hex: string): number => {
  const [r, g, b] = parse(hex).map((c) => {
    const v = c / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

/** Returns the WCAG contrast of two #rrggbb colours, 1–21. */
export const contrast = (a: string, b: string): number => {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};

/** Derives the brand colours for a theme; what is not #rrggbb counts as ours. */
export const brand = (color: string, isDark: boolean): Brand => {
  const theme = isDark ? "dark" : "light";
  const surface = SURFACE[theme];
  const base = /^#[\da-f]{6}$/i.test(color) ? color : BRAND;
  let fill = base;
  // On a dark page the fill is lifted until it stands out from the panel.
  for (let t = STEP; isDark && contrast(fill, surface) < DARK_FILL_CONTRAST_MIN && t <= 1; t += STEP) {
    fill = lift(base, t);
  }
  const on = ["#FFFFFF", "#0F1318"].find((text) => contrast(fill, text) >= CONTRAST_MIN) ?? "#000000";
  const soft = mix(surface, base, isDark ? SOFT_SHARE.dark : SOFT_SHARE.light);
  let ink = fill;
  for (
    let t = STEP;
    Math.min(contrast(ink, RAISED[theme]), contrast(ink, soft)) < CONTRAST_MIN && t <= 1;
    t += STEP
  ) {
    ink = mix(fill, TEXT[theme], t);
  }
  return { fill, on, ink, soft };
};
