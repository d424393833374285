/** The outcome of a wrap-up: its draft as kept on the server, and the last codes this agent used. */

const RECENT_MAX = 3;

export interface OutcomeDraft {
  readonly disposition_id: number | null;
  readonly note: string;
}

/** Reads a kept draft; null for none or for what is no draft of ours. */
export function readOutcome(text: string): OutcomeDraft | null {
  try {
    const kept = JSON.parse(text) as Partial<OutcomeDraft>;
    const id = typeof kept.disposition_id === "number" ? kept.disposition_id : null;
    return { disposition_id: id, note: typeof kept.note === "string" ? kept.note : "" };
  } catch {
    return null;
  }
}

function keyOf(userId: number): string {
  return `ucc.dispositions.${userId}`;
}

/** Returns the ids of the codes this agent used last, the latest first. */
export function recentDispositions(userId: number): readonly number[] {
  const kept = localStorage.getItem(keyOf(userId))?.split(",").map(Number) ?? [];
  return kept.filter(Number.isInteger);
}

export function rememberDisposition(userId: number, id: number): void {
  const recent = [id, ...recentDispositions(userId).filter((one) => one !== id)].slice(0, RECENT_MAX);
  localStorage.setItem(keyOf(userId), recent.join(","));
}
