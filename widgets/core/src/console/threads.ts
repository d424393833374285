/** Open conversations: loaded once, then kept whole by their streams; the last few stay for instant switching. */

import type { AnyEvent, Conversation, Entry } from "@ucc/wire";
import { Store } from "../store";
import type { Api } from "./api";
import { Offline, Problem } from "./http";
import {
  emptyThread,
  headOf,
  leavesHole,
  type Thread,
  threadAfter,
  withEntries,
  withoutStaleTypists,
} from "./thread";

export const THREADS_MAX = 20;

export type ThreadFault = "missing" | "forbidden" | "unreachable";

export interface OpenThread {
  readonly thread: Store<Thread>;
  readonly fault: Store<ThreadFault | null>;
  readonly isLoadingOlder: Store<boolean>;
}

function faultOf(error: unknown): ThreadFault {
  if (error instanceof Problem) {
    if (error.status === 404) return "missing";
    if (error.status === 403) return "forbidden";
    return "unreachable";
  }
  if (error instanceof Offline) return "unreachable";
  throw error;
}

/** Threads by conversation. */
export class Threads {
  private readonly api: Api;
  private readonly open = new Map<number, OpenThread>();

  constructor(api: Api) {
    this.api = api;
  }

  get(id: number): OpenThread | undefined {
    return this.open.get(id);
  }

  /** Returns a thread, empty if it was never opened. */
  of(id: number): OpenThread {
    const known = this.open.get(id);
    if (known) return known;
    const made = {
      thread: new Store(emptyThread(id)),
      fault: new Store<ThreadFault | null>(null),
      isLoadingOlder: new Store(false),
    };
    this.open.set(id, made);
    return made;
  }

  /** Puts a thread before the reader: it is the last to be forgotten, and its new line is drawn. */
  enter(id: number): OpenThread {
    const thread = this.of(id);
    this.open.delete(id);
    this.open.set(id, thread);
    this.markNew(thread);
    return thread;
  }

  /** Returns threads beyond the limit, oldest first, and forgets them; `keep` stays. */
  evict(keep: number): readonly number[] {
    const gone: number[] = [];
    for (const id of this.open.keys()) {
      if (this.open.size - gone.length <= THREADS_MAX) break;
      if (id !== keep) gone.push(id);
    }
    for (const id of gone) this.open.delete(id);
    return gone;
  }

  /** Loads the head and the last page. Returns the newest seq, or null on a fault. */
  async load(id: number): Promise<number | null> {
    const open = this.open.get(id);
    if (!open) return null;
    try {
      const [conversation, page] = await Promise.all([this.api.conversation(id), this.api.entriesLast(id)]);
      open.fault.set(null);
      open.thread.update((old) => withEntries({ ...old, conversation }, page.items));
      this.markNew(open);
      return headOf(open.thread.get());
    } catch (error) {
      const wasSeen = open.thread.get().is_loaded || open.fault.get() === "forbidden";
      const fault = faultOf(error);
      if (fault === "unreachable") {
        if (!wasSeen) open.fault.set(fault);
        return null;
      }
      // What was there is so still, and is not the reader's any more: none of it stays on the screen.
      open.fault.set(wasSeen ? "forbidden" : fault);
      open.thread.set(emptyThread(id));
      return null;
    }
  }

  async loadOlder(id: number): Promise<void> {
    const open = this.open.get(id);
    const first = open?.thread.get().entries[0]?.seq;
    if (!open || !first || first <= 1 || open.isLoadingOlder.get()) return;
    open.isLoadingOlder.set(true);
    try {
      const page = await this.api.entriesBefore(id, first);
      open.thread.update((old) => withEntries(old, page.items));
    } catch (error) {
      faultOf(error);
    } finally {
      open.isLoadingOlder.set(false);
    }
  }

  /** Takes an event; a hole is filled from the server. */
  take(id: number, event: AnyEvent, nowMs: number): void {
    const open = this.open.get(id);
    if (!open) return;
    if (leavesHole(open.thread.get(), event)) void this.fill(id);
    else open.thread.update((old) => threadAfter(old, event, nowMs));
  }

  /** Takes an entry an answer brought, if it follows on; else the stream will bring it. */
  takeEntry(entry: Entry, nowMs: number): void {
    const open = this.open.get(entry.conversation_id);
    open?.thread.update((old) => threadAfter(old, { type: "entry_added", entry }, nowMs));
  }

  /** Asks for what came after the newest entry. */
  async fill(id: number): Promise<void> {
    const open = this.open.get(id);
    if (!open) return;
    try {
      const page = await this.api.entriesAfter(id, headOf(open.thread.get()));
      open.thread.update((old) => withEntries(old, page.items));
    } catch (error) {
      faultOf(error); // The next event finds the same hole and asks again.
    }
  }

  put(conversation: Conversation): void {
    this.open.get(conversation.id)?.thread.update((old) => ({ ...old, conversation }));
  }

  /** Clears typing that fell silent. */
  tick(nowMs: number): void {
    for (const open of this.open.values()) open.thread.update((old) => withoutStaleTypists(old, nowMs));
  }

  /** Draws the new line where reading stopped; who has answered has read. */
  private markNew(open: OpenThread): void {
    open.thread.update((old) => {
      const row = old.conversation;
      const readTo = row ? Math.max(row.agent_read_seq, row.agent_seq) : 0;
      return { ...old, new_after_seq: row && row.unread > 0 && row.contact_seq > readTo ? readTo : null };
    });
  }
}
