/** Sounds made on the spot from sine notes: nothing to download, volume per kind. */

import type { SoundKind } from "./alerts";
import { VOLUMES, type Volumes } from "./volumes";

export interface Note {
  readonly hz: number;
  readonly at_s: number;
  readonly for_s: number;
  readonly gain: number;
}

/** A two-note rise for an offer, a short tick for a message, a low double for a deadline. */
export function notesOf(kind: SoundKind): readonly Note[] {
  switch (kind) {
    case "offer":
    case "offer_loud": {
      const gain = kind === "offer" ? 0.18 : 0.36;
      return [
        { hz: 587.33, at_s: 0, for_s: 0.18, gain },
        { hz: 880, at_s: 0.16, for_s: 0.34, gain },
      ];
    }
    case "message":
      return [{ hz: 1318.5, at_s: 0, for_s: 0.06, gain: 0.1 }];
    case "sla":
      return [
        { hz: 196, at_s: 0, for_s: 0.16, gain: 0.3 },
        { hz: 196, at_s: 0.24, for_s: 0.22, gain: 0.3 },
      ];
  }
}

/** Plays notes; before the first touch of the page browsers keep silent, and so does this. */
export class Sounds {
  private context: AudioContext | null = null;
  volumes: Volumes = VOLUMES;

  play(kind: SoundKind): void {
    const volume = this.volumes[kind === "offer_loud" ? "offer" : kind];
    if (volume <= 0 || typeof AudioContext === "undefined") return;
    this.context ??= new AudioContext();
    const { context } = this;
    if (context.state === "suspended") void context.resume();
    for (const note of notesOf(kind)) {
      const tone = context.createOscillator();
      const level = context.createGain();
      const start = context.currentTime + note.at_s;
      tone.frequency.value = note.hz;
      level.gain.setValueAtTime(0, start);
      level.gain.linearRampToValueAtTime(note.gain * volume, start + 0.012);
      level.gain.exponentialRampToValueAtTime(0.0001, start + note.for_s);
      tone.connect(level).connect(context.destination);
      tone.start(start);
      tone.stop(start + note.for_s + 0.02);
    }
  }
}
