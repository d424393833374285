/** Shortcuts by physical key, so that every keyboard layout works. Enter during composition never counts. */

export type Shortcut =
  | "next"
  | "previous"
  | "finish"
  | "reached"
  | "unreached"
  | "note"
  | "reply"
  | "snooze"
  | "accept"
  | "send"
  | "palette"
  | "template"
  | "escape";

/** What a keyboard event says, without the DOM. */
export interface Key {
  readonly code: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly isComposing: boolean;
}

const WITH_ALT: Readonly<Record<string, Shortcut>> = {
  KeyJ: "next",
  KeyK: "previous",
  KeyE: "finish",
  KeyY: "reached",
  KeyN: "unreached",
  KeyP: "note",
  KeyL: "reply",
  KeyM: "snooze",
  KeyA: "accept",
};

/** Reads a shortcut; `isTyping` when a text field has the focus, where plain keys are text. */
export function shortcutOf(key: Key, isTyping: boolean): Shortcut | null {
  if (key.isComposing) return null;
  const isCommand = key.ctrlKey || key.metaKey;
  if (key.altKey && !isCommand && !key.shiftKey) return WITH_ALT[key.code] ?? null;
  if (isCommand && !key.altKey && !key.shiftKey) {
    if (key.code === "KeyK") return "palette";
    if (key.code === "Enter" || key.code === "NumpadEnter") return "send";
    return null;
  }
  if (key.altKey || isCommand) return null;
  if (key.code === "Escape") return "escape";
  if (key.code === "Slash" && !key.shiftKey && !isTyping) return "template";
  return null;
}
