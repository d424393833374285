/** What the desk remembers in this browser: the composer's tab, folded views, the open context. */

export type ComposerMode = "message" | "note";

function modeKey(id: number): string {
  return `ucc.mode.${id}`;
}

/** Returns the composer's tab of a conversation as it was left. */
export function keptMode(id: number): ComposerMode {
  return sessionStorage.getItem(modeKey(id)) === "note" ? "note" : "message";
}

export function keepMode(id: number, mode: ComposerMode): void {
  if (mode === "note") sessionStorage.setItem(modeKey(id), mode);
  else sessionStorage.removeItem(modeKey(id));
}

/** Returns a yes or no kept under a name, or what it is without. */
export function keptFlag(name: string, otherwise: boolean): boolean {
  const kept = localStorage.getItem(`ucc.desk.${name}`);
  return kept === null ? otherwise : kept === "1";
}

export function keepFlag(name: string, value: boolean): void {
  localStorage.setItem(`ucc.desk.${name}`, value ? "1" : "0");
}
