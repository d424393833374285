/** Conversations, entries and offers for tests: whole Structs with the given fields set. */

import type { Conversation, Entry, EntryAdded, Interaction, Offer } from "@ucc/wire";

export function anEntry(fields: Partial<Entry> & Pick<Entry, "seq">): Entry {
  return {
    conversation_id: 1,
    id: 1000 + fields.seq,
    kind: "message",
    author: "contact",
    at_ms: 1_000_000 + fields.seq * 1_000,
    text: `entry ${fields.seq}`,
    user_id: null,
    user_name: null,
    client_id: null,
    interaction_id: null,
    attachments: [],
    mentions: [],
    system: null,
    ...fields,
  };
}

export function added(fields: Partial<Entry> & Pick<Entry, "seq">): EntryAdded {
  return { type: "entry_added", entry: anEntry(fields) };
}

export function anInteraction(fields: Partial<Interaction> = {}): Interaction {
  return {
    id: 50,
    conversation_id: 1,
    medium: "chat",
    state: "active",
    queue_id: 3,
    agent_id: 7,
    parent_id: null,
    priority: 0,
    reason: "",
    created_at_ms: 0,
    queued_at_ms: 0,
    answered_at_ms: 0,
    ended_at_ms: null,
    closed_at_ms: null,
    wrap_up_until_ms: null,
    sla_breached_at_ms: null,
    is_reopened: false,
    disposition_id: null,
    disposition_note: "",
    bond: null,
    asked_by: null,
    until_ms: null,
    ...fields,
  };
}

export function aConversation(fields: Partial<Conversation> & Pick<Conversation, "id">): Conversation {
  return {
    inbox_id: 2,
    channel: "webchat",
    contact_id: 9,
    contact_name: "李娜",
    contact_is_vip: false,
    state: "open",
    snoozed_until_ms: null,
    head_seq: 0,
    interaction: null,
    queue_id: 3,
    queue_name: "Sales",
    agent_id: 7,
    agent_name: "Mei",
    contact_seq: 0,
    agent_seq: 0,
    contact_read_seq: 0,
    contact_delivered_seq: 0,
    agent_read_seq: 0,
    unread: 0,
    waiting_since_ms: null,
    due_at_ms: null,
    target_s: null,
    wrap_ups: [],
    sla_alerts: [],
    last_at_ms: 0,
    last_text: "",
    last_author: "contact",
    locale: null,
    tag_ids: [],
    context: {},
    disposition_id: null,
    created_at_ms: 0,
    resolved_at_ms: null,
    is_contact_online: true,
    ...fields,
  };
}

export function anOffer(fields: Partial<Offer> = {}): Offer {
  return {
    interaction_id: 50,
    epoch: 1,
    agent_id: 7,
    agent_name: "Mei",
    state: "ringing",
    offered_at_ms: 1_000,
    expires_at_ms: 16_000,
    ended_at_ms: null,
    reason: null,
    conversation_id: 1,
    channel: "webchat",
    queue_id: 3,
    queue_name: "Sales",
    contact_name: "李娜",
    contact_is_vip: false,
    locale: "zh-CN",
    text: "你好",
    queued_at_ms: 0,
    why: null,
    ...fields,
  };
}

/** A small seeded generator, so that a failing run can be repeated. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
