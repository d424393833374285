/**
 * Streams over one socket: which seq was seen last, what is a duplicate, what is a gap.
 * A gap is never patched over: the stream is asked for again from the last seq seen.
 */

import type { AgentFrame, AnyEvent, ConsoleFrame } from "@ucc/wire";

/** Ask only for what happens from now on; what was before comes from a list. */
export const FROM_NOW = -1;

export interface StreamHandler {
  onEvent: (event: AnyEvent, seq: number) => void;
  /** Too much was missed to replay: ask again over REST. */
  onStale: () => void;
}

export type Admission = "apply" | "signal" | "duplicate" | "gap";

/** Decides what an event with `seq` is to a reader who has seen `head`. */
export function admit(head: number, seq: number): Admission {
  if (seq === 0) return "signal";
  if (head === FROM_NOW || seq === head + 1) return "apply";
  return seq <= head ? "duplicate" : "gap";
}

interface Held {
  head: number;
  /** Whether the server was asked for it on this connection. */
  isTold: boolean;
  isAsking: boolean;
  readonly handler: StreamHandler;
}

/** The streams a console holds; `send` returns false while the socket is not live. */
export class Streams {
  private readonly held = new Map<string, Held>();
  private readonly send: (frame: AgentFrame) => boolean;

  constructor(send: (frame: AgentFrame) => boolean) {
    this.send = send;
  }

  /** Holds a stream from after `seq`; returns the way out. One handler a stream. */
  hold(name: string, seq: number, handler: StreamHandler): () => void {
    const held: Held = { head: seq, isTold: false, isAsking: false, handler };
    this.held.set(name, held);
    held.isTold = this.send({ type: "subscribe", streams: { [name]: seq } });
    return () => {
      if (this.held.get(name) !== held) return;
      this.held.delete(name);
      this.send({ type: "unsubscribe", streams: [name] });
    };
  }

  /** The last seq seen of a stream; `FROM_NOW` if none. */
  headOf(name: string): number {
    return this.held.get(name)?.head ?? FROM_NOW;
  }

  /** The last seq seen of each stream, for the first frame of a connection. */
  heads(): Record<string, number> {
    for (const held of this.held.values()) held.isTold = true;
    return Object.fromEntries([...this.held].map(([name, { head }]) => [name, head]));
  }

  /** Takes a frame of the server. */
  take(frame: ConsoleFrame): void {
    if (frame.type === "welcome") {
      this.tellRest();
      for (const name of frame.stale) this.forget(name);
    } else if (frame.type === "event") {
      this.takeEvent(frame.stream, frame.seq, frame.event);
    } else if (frame.type === "dropped") {
      this.forget(frame.stream); // the right to read it is gone: whoever holds it asks, and is told
    }
  }

  /** Asks for what was held after the hello had left and before the connection was live. */
  private tellRest(): void {
    const rest: Record<string, number> = {};
    for (const [name, held] of this.held) {
      held.isAsking = false;
      if (!held.isTold) rest[name] = held.head;
      held.isTold = true;
    }
    if (Object.keys(rest).length > 0) this.send({ type: "subscribe", streams: rest });
  }

  private forget(name: string): void {
    const held = this.held.get(name);
    if (!held) return;
    held.head = FROM_NOW;
    held.handler.onStale();
  }

  private takeEvent(name: string, seq: number, event: AnyEvent): void {
    const held = this.held.get(name);
    if (!held) return;
    const admission = admit(held.head, seq);
    if (admission === "gap") this.ask(name, held);
    if (admission === "gap" || admission === "duplicate") return;
    if (admission === "apply") {
      held.head = seq;
      held.isAsking = false;
    }
    held.handler.onEvent(event, seq);
  }

  /** Asks once; the answer, the next connection, or the next gap after progress asks again. */
  private ask(name: string, held: Held): void {
    if (held.isAsking) return;
    held.isAsking = this.send({ type: "subscribe", streams: { [name]: held.head } });
  }
}
