/** The list of dispositions while it is edited: order, names, and what saving has to write. Pure. */
import type { Disposition, DispositionWrite } from "@ucc/wire";

/** One line on the screen; a new one has no id yet. */
export interface Line {
  id: number | null;
  key: string;
  name: string;
  isActive: boolean;
}

/** One request of saving. */
export type Change =
  | { kind: "make"; write: DispositionWrite }
  | { kind: "write"; id: number; write: DispositionWrite }
  | { kind: "remove"; id: number };

/** Return the lines of what the server has, in their order. */
export function linesOf(rows: readonly Disposition[]): Line[] {
  return rows
    .toSorted((one, other) => (one.position ?? 0) - (other.position ?? 0))
    .map(({ id, name, is_active }) => ({ id, key: String(id), name, isActive: is_active ?? true }));
}

/** Return the lines with one moved to another place. */
export function moved(lines: readonly Line[], from: number, to: number): Line[] {
  const next = [...lines];
  const [line] = next.splice(from, 1);
  if (line) next.splice(Math.max(0, Math.min(lines.length - 1, to)), 0, line);
  return next;
}

/** Return the lines without one. */
export function dropped(lines: readonly Line[], at: number): Line[] {
  return lines.filter((_, place) => place !== at);
}

/** Return what saving has to write: removals first, so that a name is free again. */
export function changesOf(saved: readonly Line[], draft: readonly Line[]): Change[] {
  const kept = new Set(draft.map((line) => line.id));
  const removals = saved.flatMap<Change>(({ id }) =>
    id === null || kept.has(id) ? [] : [{ kind: "remove", id }],
  );
  const writes = draft.flatMap<Change>((line, position) => {
    const write = { name: line.name.trim(), position, is_active: line.isActive };
    if (line.id === null) return [{ kind: "make", write }];
    const before = saved.findIndex((one) => one.id === line.id);
    const old = saved[before];
    const isSame = before === position && old?.name === write.name && old.isActive === write.is_active;
    return isSame ? [] : [{ kind: "write", id: line.id, write }];
  });
  return [...removals, ...writes];
}
