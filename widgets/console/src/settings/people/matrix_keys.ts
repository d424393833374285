/** What a key does to the matrix: levels, moves, fills, undo. Pure. */
import { fillBy, LEVEL_MAX, type Matrix, moveBy, moveTo, redo, setLevel, undo } from "./matrix";

/** The part of a keyboard event that matters here. */
export interface Key {
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function moved(matrix: Matrix, event: Key, mayWrite: boolean): Matrix | null {
  const step = STEPS[event.key];
  if (step) {
    const [rows, columns] = step;
    return event.shiftKey && mayWrite ? fillBy(matrix, rows, columns) : moveBy(matrix, rows, columns);
  }
  const { row } = matrix.cursor;
  if (event.key === "Home") return moveTo(matrix, { row: event.ctrlKey ? 0 : row, column: 0 });
  if (event.key === "End")
    return moveTo(matrix, {
      row: event.ctrlKey ? matrix.agentIds.length : row,
      column: matrix.skillIds.length,
    });
  if (event.key === "PageDown") return moveBy(matrix, 10, 0);
  if (event.key === "PageUp") return moveBy(matrix, -10, 0);
  if (event.key === "Enter") return moveBy(matrix, event.shiftKey ? -1 : 1, 0);
  return null;
}

/** Return the matrix after a key, or null if the key is not ours. */
export function matrixAfterKey(
  matrix: Matrix,
  event: Key,
  { mayWrite }: { mayWrite: boolean },
): Matrix | null {
  if (event.altKey) return null;
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && mayWrite && event.code === "KeyZ") return event.shiftKey ? redo(matrix) : undo(matrix);
  if (isCommand && mayWrite && event.code === "KeyY") return redo(matrix);
  const next = moved(matrix, event, mayWrite);
  if (next) return next;
  if (isCommand || !mayWrite) return null;
  if (/^[0-9]$/u.test(event.key)) return setLevel(matrix, Number(event.key));
  if (event.key === "=" || event.key === "+") return setLevel(matrix, LEVEL_MAX);
  if (event.key === "Backspace" || event.key === "Delete" || event.key === "-") return setLevel(matrix, 0);
  return null;
}
