/** What the avatar, `lang` and colour of a name are: small pure questions about a text. */

const HAN = /\p{Script=Han}/u;

/** Return the language to mark a text with, so that Chinese gets Chinese glyphs; undefined leaves the page's own. */
export function langOf(text: string): string | undefined {
  if (!HAN.test(text)) return undefined;
  return globalThis.document?.documentElement.lang === "zh-TW" ? "zh-TW" : "zh-CN";
}

/** Return the one or two letters of an avatar: the last character of a Chinese name, else the last two initials. */
export function initialsOf(name: string): string {
  const trimmed = name.trim();
  if (!trimmed) return "?";
  const han = [...trimmed].filter((character) => HAN.test(character));
  const last = han.at(-1);
  if (last) return last;
  const words = trimmed.split(/[\s·.@_-]+/u).filter(Boolean);
  const letters = words.slice(-2).map((word) => [...word][0] ?? "");
  return letters.join("").toLocaleUpperCase();
}

/** Return the avatar hue 1–6 that always belongs to this key. */
export function hueOf(key: string | number): number {
  let sum = 0;
  for (const character of String(key)) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return (sum % 6) + 1;
}

/** Return seconds as a clock: 0:42, 12:40, 1:42:08; negative ones carry a minus sign. */
export function clockOf(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  const sign = seconds < 0 ? "−" : "";
  return hours ? `${sign}${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${sign}${minutes}:${rest}`;
}
