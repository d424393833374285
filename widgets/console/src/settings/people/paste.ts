/** A pasted table of levels: CSV or what a spreadsheet copies, with names or as a bare block. Pure. */
import type { SkillCell } from "@ucc/wire";
import { LEVEL_MAX, type Matrix } from "./matrix";

/** Return the cells of a table; commas, semicolons or tabs, quotes as in RFC 4180. */
export function parseTable(text: string): string[][] {
  const body = text
    .replace(/^\uFEFF/u, "")
    .replace(/\r\n?/gu, "\n")
    .replace(/\n+$/u, "");
  const head = body.split("\n", 1)[0] ?? "";
  const delimiter = head.includes("\t") ? "\t" : head.includes(";") && !head.includes(",") ? ";" : ",";
  const rows: string[][] = [[]];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < body.length; at++) {
    const character = body[at] ?? "";
    if (isQuoted) {
      if (character === '"' && body[at + 1] === '"') cell += body[++at];
      else if (character === '"') isQuoted = false;
      else cell += character;
    } else if (character === '"' && cell === "") isQuoted = true;
    else if (character === delimiter || character === "\n") {
      rows.at(-1)?.push(cell.trim());
      cell = "";
      if (character === "\n") rows.push([]);
    } else cell += character;
  }
  rows.at(-1)?.push(cell.trim());
  return rows;
}

/** Who and what a pasted name may mean. */
export interface Names {
  readonly agents: readonly { id: number; name: string; email: string }[];
  readonly skills: readonly { id: number; name: string }[];
}

/** What a paste would write, and what of it could not be read. */
export interface Paste {
  readonly cells: SkillCell[];
  /** Names of the table that nobody and nothing has. */
  readonly unknown: string[];
  /** Cells that are no level from 0 to 10, as they stand. */
  readonly invalid: string[];
}

function levelOf(text: string): number | null {
  if (text === "" || text === "-" || text === "–") return 0;
  const level = Number(text);
  return Number.isInteger(level) && level >= 0 && level <= LEVEL_MAX ? level : null;
}

function plain(name: string): string {
  return name.trim().toLocaleLowerCase();
}

function pasteByName(table: readonly string[][], names: Names): Paste {
  const [head = [], ...rows] = table;
  const skillIds = head
    .slice(1)
    .map((name) => names.skills.find((skill) => plain(skill.name) === plain(name))?.id);
  const unknown = head.slice(1).filter((name, at) => name !== "" && skillIds[at] === undefined);
  const cells: SkillCell[] = [];
  const invalid: string[] = [];
  for (const [who = "", ...levels] of rows) {
    if (who === "") continue;
    const agent = names.agents.find(
      (one) => plain(one.name) === plain(who) || plain(one.email) === plain(who),
    );
    if (!agent) {
      unknown.push(who);
      continue;
    }
    for (const [at, text] of levels.entries()) {
      const skillId = skillIds[at];
      const level = levelOf(text);
      if (skillId === undefined) continue;
      if (level === null) invalid.push(text);
      else cells.push({ agent_id: agent.id, skill_id: skillId, level });
    }
  }
  return { cells, unknown, invalid };
}

function pasteAtCursor(table: readonly string[][], matrix: Matrix): Paste {
  const cells: SkillCell[] = [];
  const invalid: string[] = [];
  for (const [rowAt, row] of table.entries()) {
    for (const [columnAt, text] of row.entries()) {
      const agent_id = matrix.agentIds[matrix.cursor.row + rowAt];
      const skill_id = matrix.skillIds[matrix.cursor.column + columnAt];
      const level = levelOf(text);
      if (level === null) invalid.push(text);
      else if (agent_id !== undefined && skill_id !== undefined) cells.push({ agent_id, skill_id, level });
    }
  }
  return { cells, unknown: [], invalid };
}

/** Read a pasted table: with skills in its first line and people in its first column, else as a block from the cursor. */
export function pasteOf(text: string, matrix: Matrix, names: Names): Paste {
  const table = parseTable(text);
  const isNamed =
    table.length > 1 && (table[0] ?? []).slice(1).some((cell) => cell !== "" && levelOf(cell) === null);
  return isNamed ? pasteByName(table, names) : pasteAtCursor(table, matrix);
}

function quoted(cell: string): string {
  return /[",\n]/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Return the whole matrix as CSV with names, which `pasteOf` reads again. */
export function csvOf(matrix: Pick<Matrix, "levels">, names: Names): string {
  const head = ["", ...names.skills.map(({ name }) => name)];
  const rows = names.agents.map((agent) => [
    agent.name,
    ...names.skills.map((skill) => String(matrix.levels.get(`${agent.id}:${skill.id}`) ?? "")),
  ]);
  return [head, ...rows].map((row) => row.map(quoted).join(",")).join("\n");
}
