/** Which conversations' streams are held: what is open first, then rows in their order, up to a limit. */

import type { AnyEvent } from "@ucc/wire";
import type { Streams } from "./streams";

export const HELD_MAX = 60;

export interface HoldingOptions {
  streams: Streams;
  /** The newest seq known of a conversation; undefined: not known yet, so not to be held yet. */
  headOf: (id: number) => number | undefined;
  onEvent: (id: number, event: AnyEvent) => void;
  onStale: (id: number) => void;
}

/** Holds exactly the conversations wanted last. */
export class Holding {
  private readonly options: HoldingOptions;
  private readonly releases = new Map<number, () => void>();

  constructor(options: HoldingOptions) {
    this.options = options;
  }

  want(ids: Iterable<number>): void {
    const wanted = new Set<number>();
    for (const id of ids) if (wanted.size < HELD_MAX) wanted.add(id);
    for (const [id, release] of this.releases) {
      if (wanted.has(id)) continue;
      release();
      this.releases.delete(id);
    }
    for (const id of wanted) if (!this.releases.has(id)) this.hold(id);
  }

  holds(id: number): boolean {
    return this.releases.has(id);
  }

  private hold(id: number): void {
    const seq = this.options.headOf(id);
    if (seq === undefined) return;
    const release = this.options.streams.hold(`conversation:${id}`, seq, {
      onEvent: (event) => this.options.onEvent(id, event),
      onStale: () => this.options.onStale(id),
    });
    this.releases.set(id, release);
  }
}
