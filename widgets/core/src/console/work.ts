/** What an agent does with offers and interactions: carried out on the server, shown at once. */

import type { Interaction, Offer } from "@ucc/wire";
import type { Store } from "../store";
import { type AgentState, answered } from "./agent";
import type { Api } from "./api";
import { Problem } from "./http";

export interface WorkOptions {
  api: Api;
  agent: Store<AgentState>;
  /** An interaction is this now; lists may have changed with it. */
  onInteraction: (interaction: Interaction) => void;
}

export class Work {
  private readonly options: WorkOptions;

  constructor(options: WorkOptions) {
    this.options = options;
  }

  /** Accepts an offer; the card goes at once. */
  accept(offer: Offer): Promise<Interaction> {
    return this.answer(offer, (api) => api.accept(offer.interaction_id, offer.epoch));
  }

  async decline(offer: Offer, reason: string | null): Promise<void> {
    await this.answer(offer, (api) => api.decline(offer.interaction_id, offer.epoch, reason));
  }

  /** Carries out a verb and takes its answer into the state. */
  async act(verb: (api: Api) => Promise<Interaction>): Promise<Interaction> {
    const interaction = await verb(this.options.api);
    this.options.onInteraction(interaction);
    return interaction;
  }

  private async answer(offer: Offer, verb: (api: Api) => Promise<Interaction>): Promise<Interaction> {
    const { agent } = this.options;
    const before = agent.get().offers;
    agent.update((old) => answered(old, offer));
    try {
      return await this.act(verb);
    } catch (error) {
      // A refusal means it rings no more here; anything else means it may still ring.
      if (!(error instanceof Problem) || error.isTemporary)
        agent.update((old) => ({ ...old, offers: before }));
      throw error;
    }
  }
}
