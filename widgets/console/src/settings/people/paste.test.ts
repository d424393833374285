import { describe, expect, it } from "vitest";
import { matrixOf, moveTo, setCells } from "./matrix";
import { csvOf, parseTable, pasteOf } from "./paste";

const NAMES = {
  agents: [
    { id: 11, name: "Chua Mei Ling", email: "mei@shop.example" },
    { id: 12, name: '李泽宇, "Leo"', email: "leo@shop.example" },
  ],
  skills: [
    { id: 1, name: "中文" },
    { id: 2, name: "English" },
  ],
};
const EMPTY = matrixOf([11, 12], [1, 2], new Map());

describe("a table", () => {
  it.each([
    [
      "a,b\nc,d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "a\tb\r\nc\td\r\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["a;b", [["a", "b"]]],
    ['"a, ""x""",b', [['a, "x"', "b"]]],
    ['"two\nlines",b', [["two\nlines", "b"]]],
    ["\uFEFFa,b", [["a", "b"]]],
  ])("%j is read cell by cell", (text, cells) => {
    expect(parseTable(text)).toEqual(cells);
  });
});

describe("a paste", () => {
  it("finds people by name or e-mail and skills by name, whatever the case", () => {
    const { cells, unknown } = pasteOf(",ENGLISH,中文\nchua mei ling,7,\nleo@shop.example,,9", EMPTY, NAMES);
    expect(cells).toContainEqual({ agent_id: 11, skill_id: 2, level: 7 });
    expect(cells).toContainEqual({ agent_id: 12, skill_id: 1, level: 9 });
    expect(unknown).toEqual([]);
  });

  it("says whom and what it does not know and takes the rest", () => {
    const paste = pasteOf(",English,Klingon\nNobody,3,4\nChua Mei Ling,5,6", EMPTY, NAMES);
    expect(paste.unknown).toEqual(["Klingon", "Nobody"]);
    expect(paste.cells).toEqual([{ agent_id: 11, skill_id: 2, level: 5 }]);
  });

  it("leaves out what is no level and says it", () => {
    const paste = pasteOf(",English,中文\nChua Mei Ling,11,good", EMPTY, NAMES);
    expect(paste.invalid).toEqual(["11", "good"]);
    expect(paste.cells).toEqual([]);
  });

  it("starts a bare block at the cursor and drops what hangs over the edge", () => {
    const at = moveTo(EMPTY, { row: 0, column: 1 });
    expect(pasteOf("7\t8\n9\t1\n2\t2", at, NAMES).cells).toEqual([
      { agent_id: 11, skill_id: 2, level: 7 },
      { agent_id: 12, skill_id: 2, level: 9 },
    ]);
  });

  it("reads back what was copied, names with commas and quotes too", () => {
    const matrix = setCells(EMPTY, [
      { agent_id: 11, skill_id: 1, level: 8 },
      { agent_id: 12, skill_id: 2, level: 10 },
    ]);
    const { cells } = pasteOf(csvOf(matrix, NAMES), EMPTY, NAMES);
    expect(setCells(EMPTY, cells).levels).toEqual(matrix.levels);
  });
});
