/**
 * What the frame shows of the console's store, as small interfaces: `core/console` fills them.
 * `Readable` is Svelte's store contract, which `@ucc/core/store` keeps.
 */
import type { SocketState } from "@ucc/core/socket";
import type { Entry, Presence, StatusWrite } from "@ucc/wire";

/** A value that tells of its changes. */
export interface Readable<T> {
  subscribe(run: (value: T) => void): () => void;
}

/** The pill's data and verbs. The store applies a wish at once and takes it back if the server refuses. */
export interface PresenceSource {
  /** Null until the first answer. */
  readonly presence: Readable<Presence | null>;
  setStatus(status: StatusWrite): Promise<unknown>;
  clearBlock(): Promise<unknown>;
}

/** Everything the frame asks of the store. */
export interface FrameSource extends PresenceSource {
  readonly connection: Readable<SocketState>;
  /** Conversations of mine in which a contact waits: the rail's count. */
  readonly waiting: Readable<number>;
  /** Notes that named me, newest first. */
  readonly mentions: Readable<readonly Entry[]>;
}
