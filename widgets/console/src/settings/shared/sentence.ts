/** A translated sentence with blanks: the languages order them differently, so the text says where each stands. Pure. */

/** A run of words, or a blank with the punctuation that clings to it. */
export interface Piece {
  readonly name: string | null;
  readonly text: string;
}

/** Return the marker that stands for a blank inside a translated sentence. */
export function blankOf(name: string): string {
  return `⟦${name}⟧`;
}

/** Return the pieces of a sentence, in order. */
export function piecesOf(sentence: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = sentence;
  for (
    let found = /⟦(\w+)⟧([,.;:，。；：、]*)/u.exec(rest);
    found;
    found = /⟦(\w+)⟧([,.;:，。；：、]*)/u.exec(rest)
  ) {
    if (found.index > 0) pieces.push({ name: null, text: rest.slice(0, found.index) });
    pieces.push({ name: found[1] ?? "", text: found[2] ?? "" });
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest) pieces.push({ name: null, text: rest });
  return pieces;
}
