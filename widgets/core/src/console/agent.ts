/** What concerns one agent: offers that ring, presence, and which of their streams' events to announce. */

import type { AnyEvent, Entry, Interaction, Offer, Presence } from "@ucc/wire";

/** Ended offers remembered, so that a slower list cannot ring them again. */
export const ENDED_MAX = 200;
export const MENTIONS_MAX = 50;

export interface AgentState {
  /** Ringing, oldest first. */
  readonly offers: readonly Offer[];
  readonly ended: readonly string[];
  readonly presence: Presence | null;
  /** Work in hand by interaction, as far as events told. */
  readonly work: ReadonlyMap<number, Interaction>;
  readonly mentions: readonly Entry[];
}

export const AGENT_EMPTY: AgentState = {
  offers: [],
  ended: [],
  presence: null,
  work: new Map(),
  mentions: [],
};

const OVER: readonly string[] = ["closed", "abandoned", "cancelled", "failed"];

function keyOf(offer: Offer): string {
  return `${offer.interaction_id}/${offer.epoch}`;
}

function ring(state: AgentState, offer: Offer): AgentState {
  const key = keyOf(offer);
  if (offer.state !== "ringing" || state.ended.includes(key)) return state;
  if (state.offers.some((one) => keyOf(one) === key)) return state;
  // A later epoch of the same interaction replaces the earlier one.
  const others = state.offers.filter((one) => one.interaction_id !== offer.interaction_id);
  const offers = [...others, offer].sort((a, b) => a.offered_at_ms - b.offered_at_ms);
  return { ...state, offers };
}

function silence(state: AgentState, offer: Offer): AgentState {
  const key = keyOf(offer);
  return {
    ...state,
    offers: state.offers.filter((one) => keyOf(one) !== key),
    ended: state.ended.includes(key) ? state.ended : [...state.ended, key].slice(-ENDED_MAX),
  };
}

/** Returns the agent's state after an event of `agent:<id>`. */
export function agentAfter(state: AgentState, event: AnyEvent, myId: number): AgentState {
  switch (event.type) {
    case "interaction_offered":
      return ring(state, event.offer);
    case "offer_ended":
      return silence(state, event.offer);
    case "presence_moved":
      return event.presence.agent_id === myId ? { ...state, presence: event.presence } : state;
    case "interaction_changed": {
      const work = new Map(state.work);
      const { interaction } = event;
      if (interaction.agent_id === myId && !OVER.includes(interaction.state))
        work.set(interaction.id, interaction);
      else work.delete(interaction.id);
      return { ...state, work };
    }
    case "mentioned": {
      const isKnown = state.mentions.some((one) => one.id === event.entry.id);
      return isKnown
        ? state
        : { ...state, mentions: [event.entry, ...state.mentions].slice(0, MENTIONS_MAX) };
    }
    default:
      return state;
  }
}

/** Takes the list of ringing offers as the server has it now: what it lacks rings no more. */
export function withOffers(state: AgentState, ringing: readonly Offer[]): AgentState {
  return ringing.reduce(ring, { ...state, offers: [] });
}

/** Silences an offer the agent has just answered, before the server says so. */
export function answered(state: AgentState, offer: Offer): AgentState {
  return { ...state, offers: state.offers.filter((one) => keyOf(one) !== keyOf(offer)) };
}

/** Drops offers whose time is over by more than `grace_ms`: the end was lost on the way. */
export function withoutStaleOffers(state: AgentState, nowMs: number, graceMs = 3_000): AgentState {
  const offers = state.offers.filter((one) => one.expires_at_ms + graceMs > nowMs);
  return offers.length === state.offers.length ? state : { ...state, offers };
}
