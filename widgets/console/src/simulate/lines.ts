/** How each policy's line is drawn: a tone and a dash pattern, so that colour never stands alone. */
export interface Line {
  tone: "recorded" | "ours" | "edited" | "polled" | "turns" | "ticker";
  dash: string;
}

const LINES: Readonly<Record<string, Line>> = {
  recorded: { tone: "recorded", dash: "1 5" },
  ours: { tone: "ours", dash: "none" },
  edited: { tone: "edited", dash: "10 3" },
  polled_longest_queue: { tone: "polled", dash: "4 4" },
  round_robin: { tone: "turns", dash: "8 3 2 3" },
};

/** Return the look of a policy's line. */
export function lineOf(policy: string): Line {
  return LINES[policy] ?? { tone: "ticker", dash: "16 6" };
}
