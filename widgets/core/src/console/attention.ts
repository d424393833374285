/** What this agent looks at and does there, told to the others: viewing, reading, typing. */

import type { AgentFrame, AnyEvent, Conversation } from "@ucc/wire";
import { Store } from "../store";

export const TYPING_EVERY_MS = 3_000;

export interface AttentionOptions {
  readonly send: (frame: AgentFrame) => boolean;
  /** Whether the conversation's stream is held: the server takes `viewing` only then. */
  readonly holds: (id: number) => boolean;
  readonly headOf: (id: number) => Conversation | null;
  readonly meId: number;
  /** Puts an event of one's own into the state at once. */
  readonly spread: (id: number, event: AnyEvent) => void;
}

export class Attention {
  readonly openId = new Store<number | null>(null);
  private readonly options: AttentionOptions;
  private told: number | null = null;
  private typedAt = 0;

  constructor(options: AttentionOptions) {
    this.options = options;
  }

  /** Tells what is looked at, once its stream is held; said once. */
  tell(): void {
    const id = this.openId.get();
    if (id === this.told || (id !== null && !this.options.holds(id))) return;
    if (this.options.send({ type: "viewing", conversation_id: id })) this.told = id;
  }

  /** A new connection knows of nothing yet. */
  begin(): void {
    this.told = null;
  }

  /** The reader's eyes have reached `seq`. */
  seen(id: number, seq: number): void {
    const row = this.options.headOf(id);
    if (!row || row.agent_read_seq >= seq || row.agent_id !== this.options.meId) return;
    if (!this.options.send({ type: "read", conversation_id: id, seq })) return;
    this.options.spread(id, {
      type: "receipt_moved",
      conversation_id: id,
      agent_read_seq: seq,
      contact_read_seq: row.contact_read_seq,
      contact_delivered_seq: row.contact_delivered_seq,
    });
  }

  /** Tells the others that this agent types, at most once in 3 s. */
  typing(id: number): void {
    const now = Date.now();
    if (now - this.typedAt < TYPING_EVERY_MS) return;
    if (this.options.send({ type: "typing", conversation_id: id })) this.typedAt = now;
  }
}
