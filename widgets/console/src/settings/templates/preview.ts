/** How a template reads with invented values. The server renders the real ones; this shows the shape. Pure. */

/** Names a template may use, each with an example. */
export const BLANKS: readonly { name: string; example: string }[] = [
  { name: "contact.first_name", example: "Nurul" },
  { name: "contact.name", example: "Nurul Aisyah" },
  { name: "contact.email", example: "nurul@mail.example" },
  { name: "agent.name", example: "Mei Ling" },
  { name: "agent.first_name", example: "Mei" },
  { name: "queue.name", example: "Support" },
];

/** A run of the preview: plain words, a filled blank, or a name nobody knows. */
export interface Run {
  readonly text: string;
  readonly kind: "text" | "blank" | "unknown";
}

/** Return the template with its blanks filled by examples. Filters are shown by their value alone. */
export function previewOf(text: string, examples: Readonly<Record<string, string>>): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const found of text.matchAll(/\{\{\s*([\w.]+)[^}]*\}\}/gu)) {
    if (found.index > at) runs.push({ text: text.slice(at, found.index), kind: "text" });
    const example = examples[found[1] ?? ""];
    runs.push(example === undefined ? { text: found[0], kind: "unknown" } : { text: example, kind: "blank" });
    at = found.index + found[0].length;
  }
  if (at < text.length) runs.push({ text: text.slice(at), kind: "text" });
  return runs;
}
