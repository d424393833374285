/** Ids made in the visitor's browser. */

/** A UUID (version 4); crypto.randomUUID is not there on pages without HTTPS. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte, place) => {
    const marked = place === 6 ? (byte & 15) | 64 : place === 8 ? (byte & 63) | 128 : byte;
    return marked.toString(16).padStart(2, "0") + ([3, 5, 7, 9].includes(place) ? "-" : "");
  });
  return hex.join("");
}
