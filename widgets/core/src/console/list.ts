/** One view's list: rows from the server, kept fresh by events, in an order that never moves under the hand. */

import type { AnyEvent, Conversation } from "@ucc/wire";
import { Store } from "../store";
import type { Api } from "./api";
import { Asker } from "./asker";
import { compareRows, type Order, rowAfter, type Sort, settleOrder } from "./rows";
import { type Narrowing, WIDE } from "./saved_views";

export const ROWS_MAX = 1_000;

export interface ListState {
  readonly view: string;
  readonly sort: Sort;
  readonly query: string;
  readonly narrowed: Narrowing;
  readonly status: "loading" | "ready" | "failed";
  /** In the order shown; while a hand is on the list, rows that left stay until it lets go. */
  readonly rows: readonly Conversation[];
  readonly gone: ReadonlySet<number>;
  readonly moved: number;
  readonly has_more: boolean;
}

export class ConversationList {
  readonly state: Store<ListState>;
  private readonly api: Api;
  private readonly meId: number;
  private readonly asker: Asker;
  private rows = new Map<number, Conversation>();
  private ghosts = new Map<number, Conversation>();
  private order: Order = { shown: [], moved: 0 };
  private isHeld = false;
  private cursor: string | null = null;
  private pages = 1;
  private generation = 0;

  constructor(api: Api, view: string, meId: number) {
    this.api = api;
    this.meId = meId;
    this.asker = new Asker(() => this.ask());
    this.state = new Store<ListState>({
      view,
      sort: "deadline",
      query: "",
      narrowed: WIDE,
      status: "loading",
      rows: [],
      gone: new Set(),
      moved: 0,
      has_more: false,
    });
  }

  /** Shows another selection; what was on the screen goes at once. */
  choose(change: Partial<Pick<ListState, "view" | "sort" | "query" | "narrowed">>): void {
    this.state.update((old) => ({ ...old, ...change }));
    if ("view" in change || "query" in change || "narrowed" in change) {
      this.generation += 1;
      this.rows = new Map();
      this.ghosts = new Map();
      this.order = { shown: [], moved: 0 };
      this.cursor = null;
      this.pages = 1;
      this.state.update((old) => ({ ...old, status: "loading" }));
      void this.asker.now();
    } else {
      this.order = { shown: [], moved: 0 };
    }
    this.show();
  }

  refresh(): Promise<void> {
    return this.asker.now();
  }

  refreshSoon(): void {
    this.asker.soon();
  }

  stop(): void {
    this.asker.stop();
  }

  async more(): Promise<void> {
    if (!this.cursor || this.rows.size >= ROWS_MAX) return;
    this.pages += 1;
    await this.asker.now();
  }

  /** A pointer or the focus is on the list: rows stay where they are. */
  setHeld(isHeld: boolean): void {
    this.isHeld = isHeld;
    if (!isHeld) this.show();
  }

  /** Applies the order that waits behind "n moved". */
  applyOrder(): void {
    this.order = { shown: [], moved: 0 };
    this.show();
  }

  /** Takes an event of any conversation stream. */
  take(event: AnyEvent): void {
    let isChanged = false;
    for (const row of this.rowsOf(event)) {
      const next = rowAfter(row, event);
      if (next === row) continue;
      this.rows.set(row.id, next);
      isChanged = true;
    }
    if (isChanged) this.show();
  }

  /** Puts a row in place that an answer brought. */
  put(row: Conversation): void {
    if (!this.rows.has(row.id)) return;
    this.rows.set(row.id, row);
    this.show();
  }

  get(id: number): Conversation | undefined {
    return this.rows.get(id);
  }

  private rowsOf(event: AnyEvent): readonly Conversation[] {
    const id =
      event.type === "entry_added"
        ? event.entry.conversation_id
        : event.type === "conversation_changed"
          ? event.conversation.id
          : event.type === "interaction_changed"
            ? event.interaction.conversation_id
            : "conversation_id" in event
              ? event.conversation_id
              : null;
    const row = id === null ? undefined : this.rows.get(id);
    return row ? [row] : [];
  }

  private async ask(): Promise<void> {
    const { generation } = this;
    const { view, query, narrowed } = this.state.get();
    const rows = new Map<number, Conversation>();
    let cursor: string | null = null;
    try {
      for (let page = 0; page < this.pages; page += 1) {
        const answer = await this.api.conversations({ view, q: query, ...narrowed, cursor });
        if (generation !== this.generation) return;
        for (const row of answer.items) rows.set(row.id, row);
        cursor = answer.next;
        if (!cursor) break;
      }
    } catch (error) {
      if (generation === this.generation && this.state.get().status === "loading") {
        this.state.update((old) => ({ ...old, status: "failed" }));
      }
      throw error;
    }
    this.keepNewer(rows);
    this.cursor = cursor;
    this.state.update((old) => ({ ...old, status: "ready" }));
    this.show();
  }

  /** An event may have overtaken the answer: the row with the later head wins. */
  private keepNewer(rows: Map<number, Conversation>): void {
    for (const [id, old] of this.rows) {
      const row = rows.get(id);
      if (!row) this.ghosts.set(id, old);
      else if (old.head_seq > row.head_seq) rows.set(id, old);
    }
    for (const id of rows.keys()) this.ghosts.delete(id);
    this.rows = rows;
  }

  private show(): void {
    const { sort } = this.state.get();
    const wanted = [...this.rows.values()].sort(compareRows(sort, this.meId)).map((row) => row.id);
    this.order = settleOrder(this.order, wanted, this.isHeld);
    if (this.order.shown === wanted || this.order.moved === 0) this.ghosts.clear();
    const rows = this.order.shown.flatMap((id) => this.rows.get(id) ?? this.ghosts.get(id) ?? []);
    const gone = new Set(this.order.shown.filter((id) => !this.rows.has(id)));
    this.state.update((old) => ({
      ...old,
      rows,
      gone,
      moved: this.order.moved,
      has_more: this.cursor !== null,
    }));
  }
}
