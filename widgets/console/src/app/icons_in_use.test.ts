import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ICONS } from "@ucc/ui/icons";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(svelte|ts)$/u.test(entry.name) && entry.name !== "icons.ts")
    .filter((entry) => !entry.parentPath.includes("paraglide"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

it("ships only icons that some screen draws", () => {
  const text = [...sourcesIn(join(ROOT, "ui/src")), ...sourcesIn(join(ROOT, "console/src"))].join("\n");
  const unused = Object.keys(ICONS).filter((name) => !new RegExp(`["'#-]${name}["']`, "u").test(text));
  expect(unused).toEqual([]);
});
