/** A password to hand over: letters and figures that are not taken for each other. */

const LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 16;

/** Return a new random password. */
export function passwordNew(): string {
  const fair = Math.floor(256 / LETTERS.length) * LETTERS.length;
  let text = "";
  while (text.length < LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) {
      if (byte < fair && text.length < LENGTH) text += LETTERS[byte % LETTERS.length];
    }
  }
  return text;
}
