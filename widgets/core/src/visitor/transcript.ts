/** The conversation as plain text, for the visitor to keep. */

import { Author, EntryKind, type VisitorEntry } from "@ucc/wire";

export interface TranscriptWords {
  readonly you: string;
  readonly team: string;
}

/** Returns one line a message, oldest first; `at` words a time in the reader's way. */
export function writeTranscript(
  title: string,
  entries: readonly VisitorEntry[],
  words: TranscriptWords,
  at: (atMs: number) => string,
): string {
  const lines = entries
    .filter((entry) => entry.kind === EntryKind.MESSAGE)
    .map((entry) => {
      const who = entry.author === Author.CONTACT ? words.you : (entry.name ?? words.team);
      const files = entry.attachments.map((file) => `[${file.name}]`);
      return `${at(entry.at_ms)} ${who}: ${[entry.text, ...files].filter(Boolean).join(" ")}`;
    });
  return `${title}\n\n${lines.join("\n")}\n`;
}
