/** How many conversations stand in each saved view: asked one after another, seldom. */

import { Store } from "../store";
import type { Api } from "./api";
import { Asker } from "./asker";
import type { PreferenceKeeper } from "./preferences";

const ASK_EVERY_MS = 5_000;

export class SavedCounts {
  /** By the key of the view; what was never counted is not in it. */
  readonly state = new Store<ReadonlyMap<string, number>>(new Map());
  private readonly asker: Asker;
  private readonly leave: () => void;

  constructor(api: Api, preferences: PreferenceKeeper) {
    this.asker = new Asker(async () => {
      const counts = new Map<string, number>();
      for (const { key, view, queue_id, tag_id, is_vip } of preferences.state.get().saved_views)
        counts.set(key, (await api.countConversations({ view, queue_id, tag_id, is_vip })).count);
      this.state.set(counts);
    }, ASK_EVERY_MS);
    let views = preferences.state.get().saved_views;
    this.leave = preferences.state.subscribe((next) => {
      if (next.saved_views !== views) this.refreshSoon();
      views = next.saved_views;
    });
  }

  refreshSoon(): void {
    this.asker.soon();
  }

  stop(): void {
    this.leave();
    this.asker.stop();
  }
}
