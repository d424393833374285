/** Entries, states and messages as tests need them; what matters is given, the rest is plain. */

import {
  Author,
  ConversationState,
  EntryKind,
  type SystemEvent,
  type VisitorEntry,
  VisitorPhase,
  type VisitorState,
} from "@ucc/wire";
import { type ChatState, EMPTY, type Pending } from "../../src/visitor/state";

export const entry = (seq: number, change: Partial<VisitorEntry> = {}): VisitorEntry => ({
  seq,
  kind: EntryKind.MESSAGE,
  author: Author.CONTACT,
  at_ms: seq * 1_000,
  text: `text ${seq}`,
  name: null,
  client_id: null,
  attachments: [],
  system: null,
  ...change,
});

export const fromAgent = (seq: number, change: Partial<VisitorEntry> = {}): VisitorEntry =>
  entry(seq, { author: Author.AGENT, name: "Mina", ...change });

export const told = (seq: number, code: string): VisitorEntry => {
  const system: SystemEvent = {
    code,
    agent_id: 2,
    agent_name: "Mina",
    queue_id: null,
    queue_name: null,
    detail: {},
  };
  return entry(seq, { kind: EntryKind.SYSTEM, author: Author.SYSTEM, text: "", system });
};

export const visitor = (change: Partial<VisitorState> = {}): VisitorState => ({
  conversation_id: 7,
  state: ConversationState.OPEN,
  phase: VisitorPhase.WAITING,
  agent_name: null,
  queue_name: null,
  position: null,
  wait_low_s: null,
  wait_high_s: null,
  opens_at_ms: null,
  agent_read_seq: 0,
  is_rated: false,
  ...change,
});

export const pending = (client_id: string, change: Partial<Pending> = {}): Pending => ({
  client_id,
  at_ms: 100_000,
  text: client_id,
  files: [],
  start: null,
  failure: null,
  ...change,
});

export const state = (change: Partial<ChatState> = {}): ChatState => ({ ...EMPTY, ...change });
