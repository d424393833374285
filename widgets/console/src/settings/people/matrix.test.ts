import { describe, expect, it } from "vitest";
import {
  asSaved,
  changesOf,
  discard,
  fillBy,
  fillTo,
  keyOf,
  levelAt,
  type Matrix,
  matrixOf,
  moveBy,
  moveTo,
  redo,
  setCells,
  setLevel,
  textOf,
  UNDO_MAX,
  undo,
  withView,
} from "./matrix";
import { type Key, matrixAfterKey } from "./matrix_keys";

const AGENTS = [11, 12, 13, 14];
const SKILLS = [1, 2, 3];

function start(levels: Record<string, number> = {}): Matrix {
  return matrixOf(AGENTS, SKILLS, new Map(Object.entries(levels)));
}

function column(matrix: Matrix, at: number): number[] {
  return AGENTS.map((_, row) => levelAt(matrix, { row, column: at }));
}

function press(matrix: Matrix, key: string, more: Partial<Key> = {}): Matrix | null {
  const code = /^[a-z]$/u.test(key) ? `Key${key.toUpperCase()}` : "";
  const event = { key, code, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more };
  return matrixAfterKey(matrix, event, { mayWrite: true });
}

describe("levels", () => {
  it("gives every selected cell the level and counts only what differs from what is saved", () => {
    const selected = moveTo(start({ "11:1": 7 }), { row: 1, column: 1 }, { extends: true });
    const next = setLevel(selected, 7);
    expect(changesOf(next)).toHaveLength(3);
    expect(changesOf(next)).not.toContainEqual({ agent_id: 11, skill_id: 1, level: 7 });
  });

  it("takes a level away with 0 and tells the server so", () => {
    expect(changesOf(setLevel(start({ "11:1": 7 }), 0))).toEqual([{ agent_id: 11, skill_id: 1, level: 0 }]);
  });

  it("is unchanged again when the old level is typed back", () => {
    expect(changesOf(setLevel(setLevel(start({ "11:1": 7 }), 3), 7))).toEqual([]);
  });

  it("never exceeds ten, whatever is pasted", () => {
    const next = setCells(start(), [{ agent_id: 11, skill_id: 1, level: 40 }]);
    expect(next.levels.get(keyOf(11, 1))).toBe(10);
  });
});

describe("moving", () => {
  it("stays inside the grid at every edge", () => {
    expect(moveBy(start(), -1, -1).cursor).toEqual({ row: 0, column: 0 });
    expect(moveBy(start(), 99, 99).cursor).toEqual({ row: 3, column: 2 });
  });

  it("keeps edits of hidden people and skills when the view narrows", () => {
    const edited = setLevel(moveTo(start(), { row: 3, column: 2 }), 9);
    const narrow = withView(edited, [11], [1]);
    expect(narrow.cursor).toEqual({ row: 0, column: 0 });
    expect(changesOf(narrow)).toEqual([{ agent_id: 14, skill_id: 3, level: 9 }]);
  });
});

describe("filling", () => {
  it("fills what it passes with the level it began on", () => {
    const filled = fillBy(fillBy(start({ "11:1": 7 }), 1, 0), 1, 0);
    expect(column(filled, 0)).toEqual([7, 7, 7, 0]);
  });

  it("gives back what it covered when it shrinks", () => {
    const levels = { "11:1": 7, "12:1": 2, "13:1": 3 };
    const filled = fillTo(fillTo(start(levels), { row: 2, column: 0 }), { row: 1, column: 0 });
    expect(column(filled, 0)).toEqual([7, 7, 3, 0]);
  });

  it("is one step to undo however far it went", () => {
    const filled = fillBy(fillBy(fillBy(start({ "11:1": 7 }), 1, 0), 1, 0), 1, 0);
    expect(column(undo(filled), 0)).toEqual([7, 0, 0, 0]);
  });
});

describe("undo", () => {
  it("goes back and forth, and a new edit forgets what was ahead", () => {
    const twice = setLevel(setLevel(start(), 3), 5);
    expect(levelAt(undo(twice), { row: 0, column: 0 })).toBe(3);
    expect(levelAt(redo(undo(twice)), { row: 0, column: 0 })).toBe(5);
    expect(redo(setLevel(undo(twice), 8)).levels.get(keyOf(11, 1))).toBe(8);
  });

  it("takes discarding back too, and remembers no more than its limit", () => {
    const edited = setLevel(start(), 4);
    expect(changesOf(discard(edited))).toEqual([]);
    expect(changesOf(undo(discard(edited)))).toHaveLength(1);
    let long = start();
    for (let step = 0; step < UNDO_MAX * 2; step++) long = setLevel(long, (step % 9) + 1);
    expect(long.past).toHaveLength(UNDO_MAX);
  });

  it("does not reach behind a save", () => {
    const saved = asSaved(setLevel(start(), 4));
    expect(changesOf(saved)).toEqual([]);
    expect(undo(saved)).toBe(saved);
  });
});

describe("keys", () => {
  it.each([
    ["7", 7],
    ["0", 0],
    ["=", 10],
    ["Delete", 0],
  ])("%s sets level %i", (key, level) => {
    const next = press(start({ "11:1": 5 }), key);
    expect(next && levelAt(next, { row: 0, column: 0 })).toBe(level);
  });

  it("fills with shift and an arrow, moves without", () => {
    const levels = { "11:1": 6 };
    expect(column(press(start(levels), "ArrowDown", { shiftKey: true }) ?? start(), 0)).toEqual([6, 6, 0, 0]);
    expect(column(press(start(levels), "ArrowDown") ?? start(), 0)).toEqual([6, 0, 0, 0]);
  });

  it("undoes with Ctrl+Z and leaves every other command to the browser", () => {
    const edited = setLevel(start(), 4);
    expect(changesOf(press(edited, "z", { ctrlKey: true }) ?? edited)).toEqual([]);
    expect(press(edited, "c", { ctrlKey: true })).toBeNull();
    expect(press(edited, "Tab")).toBeNull();
  });

  it("changes nothing for who may only look", () => {
    const event: Key = { key: "7", code: "", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };
    expect(matrixAfterKey(start(), event, { mayWrite: false })).toBeNull();
  });
});

it("copies the selection as a spreadsheet reads it", () => {
  const matrix = moveTo(start({ "11:1": 7, "12:2": 3 }), { row: 1, column: 1 }, { extends: true });
  expect(textOf(matrix)).toBe("7\t\n\t3");
});
