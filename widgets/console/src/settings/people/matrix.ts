/**
 * The people × skills matrix as a pure state machine: a cursor, a selection, levels 0–10, and a way back.
 * The screen sends what was pressed; nothing here knows a key or a pixel.
 */
import type { SkillCell } from "@ucc/wire";

export const LEVEL_MAX = 10;
export const UNDO_MAX = 100;

/** Levels by `agent:skill`; a level of 0 is not in it. */
export type Levels = ReadonlyMap<string, number>;

/** A place among the rows and columns shown. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** The matrix on the screen. */
export interface Matrix {
  /** Agents shown, top to bottom. */
  readonly agentIds: readonly number[];
  /** Skills shown, left to right. */
  readonly skillIds: readonly number[];
  readonly saved: Levels;
  readonly levels: Levels;
  readonly cursor: Place;
  /** The corner of the selection that stands still. */
  readonly anchor: Place;
  readonly past: readonly Levels[];
  readonly future: readonly Levels[];
  /** Levels before a fill began, while it goes on. */
  readonly fillFrom: Levels | null;
}

/** Return the key of a cell. */
export function keyOf(agentId: number, skillId: number): string {
  return `${agentId}:${skillId}`;
}

/** Return a matrix with nothing changed. */
export function matrixOf(agentIds: readonly number[], skillIds: readonly number[], saved: Levels): Matrix {
  const start = { row: 0, column: 0 };
  return {
    agentIds,
    skillIds,
    saved,
    levels: saved,
    cursor: start,
    anchor: start,
    past: [],
    future: [],
    fillFrom: null,
  };
}

function clamp(place: Place, matrix: Matrix): Place {
  const within = (at: number, count: number): number => Math.max(0, Math.min(count - 1, at));
  return {
    row: within(place.row, matrix.agentIds.length),
    column: within(place.column, matrix.skillIds.length),
  };
}

/** Show other rows or columns; the edits stay, the selection falls back to one cell. */
export function withView(matrix: Matrix, agentIds: readonly number[], skillIds: readonly number[]): Matrix {
  const next = { ...matrix, agentIds, skillIds, fillFrom: null };
  const cursor = clamp(matrix.cursor, next);
  return { ...next, cursor, anchor: cursor };
}

/** Put the cursor somewhere; `extends` keeps the anchor, so that a rectangle is selected. */
export function moveTo(matrix: Matrix, place: Place, { extends: isExtending = false } = {}): Matrix {
  const cursor = clamp(place, matrix);
  return { ...matrix, cursor, anchor: isExtending ? matrix.anchor : cursor, fillFrom: null };
}

/** Move the cursor by rows and columns. */
export function moveBy(matrix: Matrix, rows: number, columns: number): Matrix {
  return moveTo(matrix, { row: matrix.cursor.row + rows, column: matrix.cursor.column + columns });
}

/** The selected rectangle, both corners within it. */
export interface Area {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Return the selected rectangle. */
export function areaOf({ cursor, anchor }: Pick<Matrix, "cursor" | "anchor">): Area {
  return {
    top: Math.min(cursor.row, anchor.row),
    bottom: Math.max(cursor.row, anchor.row),
    left: Math.min(cursor.column, anchor.column),
    right: Math.max(cursor.column, anchor.column),
  };
}

/** Return whether a cell is in a rectangle. */
export function isWithin(area: Area, row: number, column: number): boolean {
  return row >= area.top && row <= area.bottom && column >= area.left && column <= area.right;
}

/** Return the level of a shown cell. */
export function levelAt(matrix: Matrix, place: Place): number {
  const agentId = matrix.agentIds[place.row];
  const skillId = matrix.skillIds[place.column];
  if (agentId === undefined || skillId === undefined) return 0;
  return matrix.levels.get(keyOf(agentId, skillId)) ?? 0;
}

function written(levels: Levels, cells: readonly SkillCell[]): Levels {
  const next = new Map(levels);
  for (const { agent_id, skill_id, level } of cells) {
    if (level > 0) next.set(keyOf(agent_id, skill_id), Math.min(LEVEL_MAX, level));
    else next.delete(keyOf(agent_id, skill_id));
  }
  return next;
}

function isSame(one: Levels, other: Levels): boolean {
  return one.size === other.size && [...one].every(([key, level]) => other.get(key) === level);
}

function remember(matrix: Matrix, levels: Levels): Matrix {
  if (isSame(levels, matrix.levels)) return matrix;
  const past = [...matrix.past, matrix.levels].slice(-UNDO_MAX);
  return { ...matrix, levels, past, future: [] };
}

function cellsOf(matrix: Matrix, area: Area, level: number): SkillCell[] {
  const cells: SkillCell[] = [];
  for (const agent_id of matrix.agentIds.slice(area.top, area.bottom + 1)) {
    for (const skill_id of matrix.skillIds.slice(area.left, area.right + 1)) {
      cells.push({ agent_id, skill_id, level });
    }
  }
  return cells;
}

/** Give every selected cell this level; 0 empties it. */
export function setLevel(matrix: Matrix, level: number): Matrix {
  const cells = cellsOf(matrix, areaOf(matrix), level);
  return { ...remember(matrix, written(matrix.levels, cells)), fillFrom: null };
}

/** Write cells by name of person and skill: what a paste brings. */
export function setCells(matrix: Matrix, cells: readonly SkillCell[]): Matrix {
  return { ...remember(matrix, written(matrix.levels, cells)), fillFrom: null };
}

/** Stretch the selection to a place and fill it with the anchor's level; going back empties what it filled. */
export function fillTo(matrix: Matrix, place: Place): Matrix {
  const cursor = clamp(place, matrix);
  const before = matrix.fillFrom ?? matrix.levels;
  const level = levelAt({ ...matrix, levels: before }, matrix.anchor);
  const cells = cellsOf(matrix, areaOf({ cursor, anchor: matrix.anchor }), level);
  const levels = written(before, cells);
  const past = matrix.fillFrom ? matrix.past : [...matrix.past, before].slice(-UNDO_MAX);
  return { ...matrix, cursor, levels, past, future: [], fillFrom: before };
}

/** Fill one step further in a direction. */
export function fillBy(matrix: Matrix, rows: number, columns: number): Matrix {
  return fillTo(matrix, { row: matrix.cursor.row + rows, column: matrix.cursor.column + columns });
}

/** Take the last edit back. */
export function undo(matrix: Matrix): Matrix {
  const levels = matrix.past.at(-1);
  if (!levels) return matrix;
  const past = matrix.past.slice(0, -1);
  return { ...matrix, levels, past, future: [matrix.levels, ...matrix.future], fillFrom: null };
}

/** Do again what was taken back. */
export function redo(matrix: Matrix): Matrix {
  const [levels, ...future] = matrix.future;
  if (!levels) return matrix;
  return { ...matrix, levels, past: [...matrix.past, matrix.levels], future, fillFrom: null };
}

/** Drop every change. */
export function discard(matrix: Matrix): Matrix {
  return remember({ ...matrix, fillFrom: null }, matrix.saved);
}

/** Take what the server has now as saved; there is no way back behind it. */
export function asSaved(matrix: Matrix): Matrix {
  return { ...matrix, saved: matrix.levels, past: [], future: [], fillFrom: null };
}

/** Return the cells that differ from what is saved, hidden ones too. */
export function changesOf({ saved, levels }: Pick<Matrix, "saved" | "levels">): SkillCell[] {
  const keys = new Set([...saved.keys(), ...levels.keys()]);
  return [...keys]
    .filter((key) => (saved.get(key) ?? 0) !== (levels.get(key) ?? 0))
    .map((key) => {
      const [agent_id = 0, skill_id = 0] = key.split(":").map(Number);
      return { agent_id, skill_id, level: levels.get(key) ?? 0 };
    });
}

/** Return the selection as lines of tab-separated levels, for the clipboard. */
export function textOf(matrix: Matrix): string {
  const area = areaOf(matrix);
  const lines: string[] = [];
  for (let row = area.top; row <= area.bottom; row++) {
    const cells: string[] = [];
    for (let column = area.left; column <= area.right; column++) {
      cells.push(String(levelAt(matrix, { row, column }) || ""));
    }
    lines.push(cells.join("\t"));
  }
  return lines.join("\n");
}
