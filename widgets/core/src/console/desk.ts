/** The agent's desk without a screen: one socket, its streams, and the state every room of the console reads. */

import type { AgentFrame, AnyEvent, ConsoleFrame, Conversation, Interaction, Me, View } from "@ucc/wire";
import { openSocket, type Socket, type SocketState, type WebSocketLike } from "../socket";
import { Store } from "../store";
import { AGENT_EMPTY, agentAfter } from "./agent";
import { AgentAsker } from "./agent_asker";
import type { Api } from "./api";
import { Asker } from "./asker";
import { Attention } from "./attention";
import { type Drafts, draftsOver } from "./drafts";
import { Holding } from "./holding";
import { Problem } from "./http";
import { ConversationList } from "./list";
import { Names } from "./names";
import { type Keep, Outbox, writeOver } from "./outbox";
import { PreferenceKeeper } from "./preferences";
import { SavedCounts } from "./saved_counts";
import { FROM_NOW, Streams } from "./streams";
import { Threads } from "./threads";
import { Work } from "./work";

const TICK_MS = 1_000;

export interface DeskOptions {
  api: Api;
  me: Me;
  socketUrl: string;
  keep: Keep;
  connect?: (url: string) => WebSocketLike;
  onSignedOut: () => void;
}

/** Everything an agent's console knows while somebody is signed in. */
export class Desk {
  readonly api: Api;
  readonly me: Me;
  readonly connection = new Store<SocketState>("connecting");
  readonly agent = new Store(AGENT_EMPTY);
  readonly views = new Store<readonly View[]>([]);
  /** Server time minus ours, so that timers agree with the server's deadlines. */
  readonly skewMs = new Store(0);
  readonly names: Names;
  readonly mine: ConversationList;
  readonly list: ConversationList;
  readonly threads: Threads;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  readonly work: Work;
  readonly preferences: PreferenceKeeper;
  readonly savedCounts: SavedCounts;
  readonly attention: Attention;
  /** Ticks when a draft came from the server. */
  readonly draftLoaded = new Store(0);

  private readonly socket: Socket<AgentFrame>;
  private readonly streams: Streams;
  private readonly holding: Holding;
  private readonly listeners = new Set<(event: AnyEvent) => void>();
  private readonly viewsAsker: Asker;
  private readonly agentAsker: AgentAsker;
  private readonly ticker: ReturnType<typeof setInterval>;
  private isWelcomed = false;

  constructor(options: DeskOptions) {
    const { api, me } = options;
    this.api = api;
    this.me = me;
    this.names = new Names(api);
    this.mine = new ConversationList(api, "mine", me.user.id);
    this.list = new ConversationList(api, "mine", me.user.id);
    this.threads = new Threads(api);
    this.drafts = draftsOver(api, () => this.draftLoaded.update((n) => n + 1));
    this.outbox = new Outbox({
      write: writeOver(api),
      onStored: (entry) => this.threads.takeEntry(entry, this.now()),
      keep: options.keep,
      keepKey: `ucc.outbox.${me.user.id}`,
    });
    this.work = new Work({
      api,
      agent: this.agent,
      onInteraction: (interaction) => this.takeInteraction(interaction),
    });
    this.preferences = new PreferenceKeeper(me.preferences, (preferences) =>
      api.savePreferences({ preferences }),
    );
    this.savedCounts = new SavedCounts(api, this.preferences);
    this.viewsAsker = new Asker(async () => this.views.set((await api.views()).items), 1_000);
    this.agentAsker = new AgentAsker(api, this.agent);
    this.streams = new Streams((frame) => this.socket?.send(frame) ?? false);
    this.holding = new Holding({
      streams: this.streams,
      headOf: (id) => this.headOf(id),
      onEvent: (id, event) => this.takeConversationEvent(id, event),
      onStale: (id) => void this.reload(id),
    });
    this.attention = new Attention({
      send: (frame) => this.socket.send(frame),
      holds: (id) => this.holding.holds(id),
      headOf: (id) => this.threads.get(id)?.thread.get().conversation ?? null,
      meId: me.user.id,
      spread: (id, event) => this.spread(id, event),
    });
    this.streams.hold(`agent:${me.user.id}`, FROM_NOW, {
      onEvent: (event) => this.takeAgentEvent(event),
      onStale: () => this.askAgain(),
    });
    this.socket = openSocket<AgentFrame, ConsoleFrame>({
      url: options.socketUrl,
      hello: async () => ({
        type: "hello",
        ticket: (await api.ticket()).ticket,
        streams: this.streams.heads(),
      }),
      onFrame: (frame) => this.takeFrame(frame),
      onState: (state) => {
        if (state !== "live") this.isWelcomed = false;
        this.connection.set(state);
      },
      onRefused: () => void this.reauthenticate(options.onSignedOut),
      ...(options.connect ? { connect: options.connect } : {}),
    });
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.mine.state.subscribe(() => this.holdStreams());
    this.list.state.subscribe(() => this.holdStreams());
  }

  /** The conversation on the screen. */
  get openId(): Store<number | null> {
    return this.attention.openId;
  }

  /** The server's clock, as far as we can tell. */
  now(): number {
    return Date.now() + this.skewMs.get();
  }

  /** Calls `listener` with every event once it is in the state. */
  onEvent(listener: (event: AnyEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The network is back or the tab is looked at again: do not wait out the backoff. */
  retryNow(): void {
    if (this.connection.get() === "reconnecting") this.socket.retryNow();
  }

  stop(): void {
    clearInterval(this.ticker);
    this.drafts.flush();
    this.socket.close();
    for (const part of [this.mine, this.list, this.viewsAsker, this.agentAsker, this.savedCounts])
      part.stop();
  }

  // --- the open conversation ---------------------------------------------------------------------

  /** Opens a conversation on the screen; null closes. */
  async open(id: number | null): Promise<void> {
    this.openId.set(id);
    if (id === null) {
      this.attention.tell();
      return;
    }
    this.threads.enter(id);
    this.threads.evict(id);
    this.holdStreams();
    this.attention.tell();
    void this.drafts.load(id);
    await this.reload(id);
  }

  // --- lists -----------------------------------------------------------------------------------------

  refreshLists(): void {
    this.viewsAsker.soon();
    this.savedCounts.refreshSoon();
    this.mine.refreshSoon();
    this.list.refreshSoon();
  }

  /** Puts the head of a conversation in place that an answer brought. */
  put(conversation: Conversation): void {
    this.threads.put(conversation);
    this.mine.put(conversation);
    this.list.put(conversation);
  }

  /** Asks presence again: after a change of status by REST. */
  refreshPresence(): Promise<void> {
    return this.agentAsker.presenceNow();
  }

  // --- inside --------------------------------------------------------------------------------------

  private takeFrame(frame: ConsoleFrame): void {
    if (frame.type === "welcome") {
      this.streams.take(frame);
      if (!this.isWelcomed) this.begin(frame.now_ms);
    } else if (frame.type === "event" && frame.stream.startsWith("tenant:")) {
      this.takeAgentEvent(frame.event);
    } else {
      this.streams.take(frame);
    }
  }

  /** A connection is up. (Another welcome on it only tells of stale streams.) */
  private begin(nowMs: number): void {
    this.isWelcomed = true;
    this.attention.begin();
    this.skewMs.set(nowMs - Date.now());
    this.askAgain();
    this.attention.tell();
    this.outbox.flush();
    this.drafts.flush();
  }

  /** What has no seq is asked for again after every connection. */
  private askAgain(): void {
    void this.viewsAsker.now();
    this.savedCounts.refreshSoon();
    void this.mine.refresh();
    void this.list.refresh();
    this.agentAsker.askAll();
    this.names.refreshUsed();
    const id = this.openId.get();
    if (id !== null) void this.reload(id);
  }

  private async reload(id: number): Promise<void> {
    const head = await this.threads.load(id);
    if (head === null) return;
    this.holdStreams();
    if (id === this.openId.get()) this.attention.tell();
    // An event may have come between the answer and now, to a thread that was not there yet.
    if (this.streams.headOf(`conversation:${id}`) > head) await this.threads.fill(id);
  }

  private takeAgentEvent(event: AnyEvent): void {
    if (event.type === "lists_changed") {
      this.names.changed(event.names);
      if (event.names.includes("views")) this.refreshLists();
      if (event.names.includes("presence")) this.agentAsker.presenceSoon();
    }
    this.agent.update((old) => agentAfter(old, event, this.me.user.id));
    if (event.type === "interaction_changed") this.takeInteraction(event.interaction);
    if (event.type === "mentioned") this.viewsAsker.soon();
    for (const listener of this.listeners) listener(event);
  }

  private takeConversationEvent(id: number, event: AnyEvent): void {
    if (event.type === "entry_added") this.outbox.confirm(event.entry.client_id);
    if (event.type === "typing_seen" && event.user_id === this.me.user.id) return;
    this.spread(id, event);
    for (const listener of this.listeners) listener(event);
  }

  private takeInteraction(interaction: Interaction): void {
    this.refreshLists();
    if (interaction.conversation_id === null) return;
    this.spread(interaction.conversation_id, { type: "interaction_changed", interaction });
  }

  private spread(id: number, event: AnyEvent): void {
    this.threads.take(id, event, this.now());
    this.mine.take(event);
    this.list.take(event);
  }

  /** Work in hand and what is looked at, most important first. */
  private holdStreams(): void {
    const open = this.openId.get();
    const rows = [...this.mine.state.get().rows, ...this.list.state.get().rows];
    this.holding.want([...(open === null ? [] : [open]), ...rows.map((row) => row.id)]);
  }

  private headOf(id: number): number | undefined {
    const thread = this.threads.get(id)?.thread.get();
    return thread?.entries.at(-1)?.seq ?? (this.mine.get(id) ?? this.list.get(id))?.head_seq;
  }

  private tick(): void {
    this.threads.tick(this.now());
    this.agentAsker.tick(this.now());
  }

  /** The ticket was refused: either the session is over, or a new ticket will do. */
  private async reauthenticate(onSignedOut: () => void): Promise<void> {
    try {
      await this.api.me();
      this.socket.retryNow();
    } catch (error) {
      if (error instanceof Problem && error.status === 401) onSignedOut();
      else this.socket.retryNow();
    }
  }
}
