/** Rows chosen in the list, and one act carried out on all of them. */

/** Flips one row; with `from` every row between the two is set as this one becomes. */
export function afterPick(
  chosen: ReadonlySet<number>,
  rows: readonly number[],
  id: number,
  from: number | null = null,
): ReadonlySet<number> {
  const next = new Set(chosen);
  const isSet = !chosen.has(id);
  const ends = [rows.indexOf(from ?? id), rows.indexOf(id)].sort((a, b) => a - b);
  const [first = -1, last = -1] = ends;
  const touched = first < 0 ? [id] : rows.slice(first, last + 1);
  for (const one of touched) {
    if (isSet) next.add(one);
    else next.delete(one);
  }
  return next;
}

/** Keeps only what is still in the list; the same set if all of it is. */
export function stillThere(chosen: ReadonlySet<number>, rows: readonly number[]): ReadonlySet<number> {
  const there = new Set(rows);
  return [...chosen].every((id) => there.has(id))
    ? chosen
    : new Set([...chosen].filter((id) => there.has(id)));
}

export const ACTS_AT_ONCE = 4;

export interface Outcome<T> {
  readonly done: number;
  /** What was refused, in the order of the rows. */
  readonly refused: readonly { readonly row: T; readonly error: unknown }[];
}

/** Carries an act out on every row, a few at a time; one refusal does not stop the others. */
export async function onEach<T>(rows: readonly T[], act: (row: T) => Promise<unknown>): Promise<Outcome<T>> {
  const waiting = rows.map((row, place) => ({ row, place }));
  const refused: { readonly row: T; readonly place: number; readonly error: unknown }[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { row, place } = next;
      await act(row).catch((error: unknown) => refused.push({ row, place, error }));
    }
  };
  await Promise.all(Array.from({ length: ACTS_AT_ONCE }, work));
  refused.sort((a, b) => a.place - b.place);
  return { done: rows.length - refused.length, refused };
}
