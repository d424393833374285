/** What a user calls too many waiting and too few free: drawn into the tiles of the Live page. */

export interface LiveLimits {
  /** More waiting than this is too many; null draws no limit. */
  readonly waiting: number | null;
  /** Fewer free than this is too few. */
  readonly free: number | null;
}

export const LIMIT_MAX = 100_000;

/** Reads limits from what was kept; a figure that is none, or out of range, is no limit. */
export function liveLimitsOf(kept: unknown): LiveLimits {
  const figures = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  const figure = (key: keyof LiveLimits): number | null => {
    const value = figures[key];
    return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LIMIT_MAX ? Number(value) : null;
  };
  return { waiting: figure("waiting"), free: figure("free") };
}
