/** How much a person has at once and how media go together, while it is edited. Pure. */
import type { Handling, Medium, User } from "@ucc/wire";

export const MEDIA: readonly Medium[] = ["chat", "voice", "email", "task"];
/** What may give way to a call. */
export const INTERRUPTIBLE: readonly Medium[] = ["chat", "email", "task"];
const UNITS: Readonly<Record<Medium, number>> = { chat: 4, voice: 1, email: 4, task: 4 };

/** The part of a person's draft about work; a figure that is being typed may be empty. */
export interface HandlingDraft {
  units: Record<Medium, number | null>;
  handling: { voice_exclusive: boolean; interruptible: readonly Medium[]; weight: number | null };
}

/** Return the draft of a person, or of a new one. */
export function handlingDraft(user: User | null): HandlingDraft {
  const units = Object.fromEntries(
    MEDIA.map((medium) => [medium, user ? (user.capacity[medium] ?? 0) : UNITS[medium]]),
  ) as Record<Medium, number>;
  const { voice_exclusive = true, interruptible = [], weight = 1 } = user?.handling ?? {};
  return { units, handling: { voice_exclusive, interruptible, weight } };
}

/** Return what is written of it. */
export function handlingOf({ units, handling }: HandlingDraft): {
  capacity: Record<string, number>;
  handling: Handling;
} {
  return {
    capacity: Object.fromEntries(MEDIA.map((medium) => [medium, units[medium] ?? 0])),
    handling: { ...handling, weight: handling.weight ?? 1 },
  };
}
