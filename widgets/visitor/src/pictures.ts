/** Addresses of pictures that are still on this device, one a file, given back when no longer shown. */

const addresses = new Map<File, string>();

/** Returns an address to show the file by; null if it is no picture. */
export function pictureOf(file: File): string | null {
  if (!file.type.startsWith("image/")) return null;
  const known = addresses.get(file);
  if (known) return known;
  const made = URL.createObjectURL(file);
  addresses.set(file, made);
  return made;
}

/** Gives back the addresses of all files but these. */
export function keepPictures(shown: readonly File[]): void {
  for (const [file, address] of addresses) {
    if (shown.includes(file)) continue;
    URL.revokeObjectURL(address);
    addresses.delete(file);
  }
}
