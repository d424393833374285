/** Keeps what concerns the agent fresh: offers and presence have no seq, so they are asked for again. */

import type { Store } from "../store";
import { type AgentState, withOffers, withoutStaleOffers } from "./agent";
import type { Api } from "./api";
import { Asker } from "./asker";

export class AgentAsker {
  private readonly agent: Store<AgentState>;
  private readonly offers: Asker;
  private readonly presence: Asker;

  constructor(api: Api, agent: Store<AgentState>) {
    this.agent = agent;
    this.offers = new Asker(async () => {
      const { items } = await api.offers();
      agent.update((old) => withOffers(old, items));
    });
    this.presence = new Asker(async () => {
      const presence = await api.presence();
      agent.update((old) => ({ ...old, presence }));
    });
  }

  /** A connection began: ask for everything. */
  askAll(): void {
    void this.offers.now();
    void this.presence.now();
  }

  presenceSoon(): void {
    this.presence.soon();
  }

  presenceNow(): Promise<void> {
    return this.presence.now();
  }

  /** Drops offers whose time has passed. */
  tick(nowMs: number): void {
    this.agent.update((old) => withoutStaleOffers(old, nowMs));
  }

  stop(): void {
    this.offers.stop();
    this.presence.stop();
  }
}
