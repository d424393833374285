/** What a user has arranged for themselves, kept with them on the server: saved views, loudness, limits. */

import { Store } from "../store";
import { type LiveLimits, liveLimitsOf } from "./live_limits";
import { type SavedView, savedViewsOf } from "./saved_views";
import { type Volumes, volumesOf } from "./volumes";

export interface Preferred {
  readonly saved_views: readonly SavedView[];
  readonly volumes: Volumes;
  readonly live_limits: LiveLimits;
}

/** Reads what the server keeps; what is missing or of another make becomes the default. */
export function preferredOf(kept: Readonly<Record<string, unknown>>): Preferred {
  return {
    saved_views: savedViewsOf(kept.saved_views),
    volumes: volumesOf(kept.volumes),
    live_limits: liveLimitsOf(kept.live_limits),
  };
}

/** Changes show at once; they are taken back, and the caller told, when the server does not keep them. */
export class PreferenceKeeper {
  readonly state: Store<Preferred>;
  private kept: Readonly<Record<string, unknown>>;
  private readonly save: (preferences: Record<string, unknown>) => Promise<unknown>;

  constructor(
    kept: Readonly<Record<string, unknown>>,
    save: (preferences: Record<string, unknown>) => Promise<unknown>,
  ) {
    this.kept = kept;
    this.save = save;
    this.state = new Store(preferredOf(kept));
  }

  /** Keeps a change. Keys this console does not know stay as they are. */
  async change(change: Partial<Preferred>): Promise<void> {
    const before = this.state.get();
    this.state.set({ ...before, ...change });
    const next = { ...this.kept, ...change };
    try {
      await this.save(next);
      this.kept = next;
    } catch (error) {
      this.state.set(before);
      throw error;
    }
  }
}
