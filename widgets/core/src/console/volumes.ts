/** How loud each kind of sound is: 0 silent, 1 as made. */

export type VolumeKind = "offer" | "message" | "sla";
export type Volumes = Readonly<Record<VolumeKind, number>>;

export const VOLUMES: Volumes = { offer: 1, message: 1, sla: 1 };

/** Reads volumes from what was kept; a figure that is none, or out of range, becomes the default. */
export function volumesOf(kept: unknown): Volumes {
  const figures = typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  const figure = (kind: VolumeKind): number => {
    const value = figures[kind];
    return typeof value === "number" && value >= 0 && value <= 1 ? value : VOLUMES[kind];
  };
  return { offer: figure("offer"), message: figure("message"), sla: figure("sla") };
}
