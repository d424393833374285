/** Cuts a text into words, addresses and mentions; what is no http(s) address stays words. */

export type Piece =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "mention"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

/** Stops at blanks, quotes and Chinese punctuation; a last full stop or bracket belongs to the sentence. */
const ADDRESS =
  /\bhttps?:\/\/[^\s<>"“”‘’，。！？；：、（）《》]+[^\s<>"“”‘’，。！？；：、（）《》.,!?;:)\]]/giu;

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");
}

function cut(text: string, pattern: RegExp, make: (hit: string) => Piece): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const hit of text.matchAll(pattern)) {
    if (hit.index > at) found.push({ kind: "words", text: text.slice(at, hit.index) });
    found.push(make(hit[0]));
    at = hit.index + hit[0].length;
  }
  if (at < text.length) found.push({ kind: "words", text: text.slice(at) });
  return found;
}

/** Returns the pieces of a text; `names` are people a note may mention. */
export function pieces(text: string, names: readonly string[]): Piece[] {
  const linked = cut(text, ADDRESS, (hit) => ({ kind: "link", text: hit, href: hit }));
  if (!names.length) return linked;
  const pattern = new RegExp(`@(?:${names.map(escaped).join("|")})`, "gu");
  return linked.flatMap((piece) =>
    piece.kind === "words" ? cut(piece.text, pattern, (hit) => ({ kind: "mention", text: hit })) : [piece],
  );
}
