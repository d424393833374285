/** What the widget keeps in the host page's storage: nothing at all before the first message. */

export interface Kept {
  readonly token: string;
  /** Whose seqs the two below are. */
  readonly conversation_id: number;
  readonly read_seq: number;
  readonly is_muted: boolean;
  /** The rating of what ended here was skipped. */
  readonly skipped_seq: number;
}

/** The part of localStorage this needs. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Reads what is kept for an inbox; null before the first message, or where storage is refused. */
export function readKept(shelf: Shelf, key: string): Kept | null {
  try {
    const kept: unknown = JSON.parse(shelf.getItem(`ucc:${key}`) ?? "null");
    return isKept(kept) ? kept : null;
  } catch {
    return null; // a full or forbidden storage: the chat lives as long as the page
  }
}

/** Keeps or, with null, forgets. */
export function writeKept(shelf: Shelf, key: string, kept: Kept | null): void {
  try {
    if (kept) shelf.setItem(`ucc:${key}`, JSON.stringify(kept));
    else shelf.removeItem(`ucc:${key}`);
  } catch {
    return; // see readKept
  }
}

function isKept(value: unknown): value is Kept {
  return typeof (value as Partial<Kept> | null)?.token === "string";
}
