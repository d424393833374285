/** The REST verbs the console's rooms use, typed from wire; paths stand here and nowhere else. */

import type {
  AgentDay,
  Attachment,
  ConsultWrite,
  Contact,
  ContactMerge,
  ContactWrite,
  Conversation,
  ConversationWrite,
  Disposition,
  Draft,
  Entry,
  EntryWrite,
  Interaction,
  InteractionWhy,
  LiveAct,
  Login,
  Me,
  Moment,
  Offer,
  Otherwise,
  OtherwiseWrite,
  Preferences,
  Presence,
  ProspectWrite,
  Queue,
  StatusWrite,
  SubjectFigures,
  Tag,
  TeamMember,
  Template,
  Ticket,
  TransferWrite,
  User,
  View,
  ViewCount,
} from "@ucc/wire";
import type { Http, Page } from "./http";
import type { Narrowing } from "./saved_views";

export const LIST_LIMIT = 50;
export const ENTRIES_LIMIT = 50;
export const PAGE_LIMIT = 100;
export const PAGES_MAX = 10;

export interface ListQuery extends Partial<Narrowing> {
  readonly view: string;
  readonly q?: string;
  readonly cursor?: string | null;
}

export interface SearchAnswer {
  readonly conversations: readonly Conversation[];
  readonly entries: readonly Entry[];
  readonly contacts: readonly Contact[];
}

/** Every verb the console calls; one per route. */
export class Api {
  readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  // session
  signIn = (login: Login): Promise<Me> => this.http.post("/auth/login", login);
  signOut = (): Promise<void> => this.http.post("/auth/logout");
  me = (): Promise<Me> => this.http.get("/auth/me");
  savePreferences = (change: Preferences): Promise<Me> => this.http.patch("/auth/me", change);
  ticket = (): Promise<Ticket> => this.http.post("/auth/ticket");

  // presence
  presence = (): Promise<Presence> => this.http.get("/presence/me");
  setStatus = (status: StatusWrite): Promise<Presence> => this.http.put("/presence/me", status);
  clearBlock = (): Promise<Presence | undefined> => this.http.delete("/presence/me/block");

  /** Everybody's presence with the work in hand, or only of whom something changed for since: one page. */
  team = (sinceMs: number | null = null): Promise<Page<TeamMember>> =>
    this.http.get("/presence/team", { since_ms: sinceMs });
  /** What supervisors did about queues and people since a moment, the newest first. */
  liveActs = (sinceMs: number): Promise<Page<LiveAct>> =>
    this.http.get("/presence/acts", { since_ms: sinceMs });
  setStatusOf = (agentId: number, status: StatusWrite): Promise<Presence> =>
    this.http.put(`/presence/${agentId}`, status);
  clearBlockOf = (agentId: number): Promise<Presence> => this.http.delete(`/presence/${agentId}/block`);
  signOutOf = (agentId: number): Promise<void> => this.http.delete(`/presence/${agentId}/sessions`);

  // offers
  offers = (): Promise<Page<Offer>> => this.http.get("/offers");
  accept = (interactionId: number, epoch: number): Promise<Interaction> =>
    this.http.post(`/offers/${interactionId}/${epoch}/accept`);
  decline = (interactionId: number, epoch: number, reason: string | null): Promise<Interaction> =>
    this.http.post(`/offers/${interactionId}/${epoch}/decline`, { reason });

  // interactions
  why = (id: number): Promise<InteractionWhy> => this.http.get(`/interactions/${id}/why`);
  /** How it stood at a line of its journal. */
  moment = (id: number, seq: number): Promise<Moment> => this.http.get(`/interactions/${id}/why/${seq}`);
  /** What one change at that moment would have made of it. */
  otherwise = (id: number, seq: number, change: OtherwiseWrite): Promise<Otherwise> =>
    this.http.post(`/interactions/${id}/why/${seq}/otherwise`, change);
  /** Who would get a hypothetical arrival. */
  prospect = (queueId: number, arrival: ProspectWrite): Promise<Moment> =>
    this.http.post(`/queues/${queueId}/prospect`, arrival);
  day = (sinceMs: number): Promise<AgentDay> => this.http.get("/interactions/day", { since_ms: sinceMs });
  end = (id: number, seenSeq: number): Promise<Interaction> =>
    this.http.post(`/interactions/${id}/end`, { seen_seq: seenSeq });
  complete = (id: number, outcome: Outcome): Promise<Interaction> =>
    this.http.post(`/interactions/${id}/complete`, outcome);
  extend = (id: number, byS: number): Promise<Interaction> =>
    this.http.post(`/interactions/${id}/extend`, { by_s: byS });
  park = (id: number): Promise<Interaction> => this.http.post(`/interactions/${id}/park`);
  unpark = (id: number): Promise<Interaction> => this.http.post(`/interactions/${id}/unpark`);
  take = (id: number): Promise<Interaction> => this.http.post(`/interactions/${id}/take`);
  transfer = (id: number, to: TransferWrite): Promise<Interaction> =>
    this.http.post(`/interactions/${id}/transfer`, to);
  /** Asks a colleague or a queue; answers with the consult. */
  consult = (id: number, whom: ConsultWrite): Promise<Interaction> =>
    this.http.post(`/interactions/${id}/consult`, whom);
  completeConsult = (consultId: number): Promise<Interaction> =>
    this.http.post(`/interactions/${consultId}/consult/complete`);
  mergeConsult = (consultId: number): Promise<Interaction> =>
    this.http.post(`/interactions/${consultId}/consult/merge`);
  handOver = (id: number, agentId: number): Promise<Interaction> =>
    this.http.post(`/interactions/${id}/hand-over`, { agent_id: agentId });
  /** The contact of a callback was reached. */
  connected = (id: number): Promise<Interaction> => this.http.post(`/interactions/${id}/connected`);
  /** Nobody answered: it is dialled again later. */
  notConnected = (id: number): Promise<Interaction> => this.http.post(`/interactions/${id}/not-connected`);
  hold = (id: number): Promise<Interaction> => this.http.post(`/interactions/${id}/hold`);
  unhold = (id: number): Promise<Interaction> => this.http.post(`/interactions/${id}/unhold`);
  returnFromFlow = (id: number): Promise<Interaction> => this.http.post(`/interactions/${id}/flow/return`);

  // conversations
  views = (): Promise<Page<View>> => this.http.get("/views");
  conversations = (query: ListQuery): Promise<Page<Conversation>> =>
    this.http.get("/conversations", { ...query, limit: LIST_LIMIT });
  /** How many stand in a narrowed view; 100 means at least as many. */
  countConversations = (query: ListQuery): Promise<ViewCount> =>
    this.http.get("/conversations/count", { ...query });
  conversation = (id: number): Promise<Conversation> => this.http.get(`/conversations/${id}`);
  changeConversation = (id: number, change: ConversationWrite): Promise<Conversation> =>
    this.http.patch(`/conversations/${id}`, change);
  entriesLast = (id: number): Promise<Page<Entry>> =>
    this.http.get(`/conversations/${id}/entries`, { limit: ENTRIES_LIMIT });
  entriesBefore = (id: number, seq: number): Promise<Page<Entry>> =>
    this.http.get(`/conversations/${id}/entries`, { before: seq, limit: ENTRIES_LIMIT });
  entriesAfter = (id: number, seq: number): Promise<Page<Entry>> =>
    this.http.get(`/conversations/${id}/entries`, { after: seq, limit: 100 });
  write = (id: number, entry: EntryWrite): Promise<Entry> =>
    this.http.post(`/conversations/${id}/entries`, entry, entry.client_id);
  read = (id: number, seq: number): Promise<void> => this.http.post(`/conversations/${id}/read`, { seq });
  drafts = (id: number): Promise<Page<Draft>> => this.http.get(`/conversations/${id}/drafts`);
  saveDraft = (id: number, kind: string, text: string): Promise<unknown> =>
    this.http.put(`/conversations/${id}/drafts`, { kind, text });
  interactions = (id: number): Promise<Page<Interaction>> =>
    this.http.get(`/conversations/${id}/interactions`);
  renderTemplate = (id: number, conversationId: number): Promise<{ readonly text: string }> =>
    this.http.post(`/templates/${id}/render`, { conversation_id: conversationId });
  search = (q: string): Promise<SearchAnswer> => this.http.get("/search", { q });

  upload(conversationId: number, file: Blob, name: string): Promise<Attachment> {
    const form = new FormData();
    form.set("conversation_id", String(conversationId));
    form.set("file", file, name);
    return this.http.post("/attachments", form);
  }

  // contacts
  contact = (id: number): Promise<Contact> => this.http.get(`/contacts/${id}`);
  changeContact = (id: number, change: ContactWrite): Promise<Contact> =>
    this.http.patch(`/contacts/${id}`, change);
  contactConversations = (id: number): Promise<Page<Conversation>> =>
    this.http.get(`/contacts/${id}/conversations`);
  mergeContact = (keptId: number, mergedId: number): Promise<ContactMerge> =>
    this.http.post(`/contacts/${keptId}/merge`, { merged_id: mergedId });
  blockContact = (id: number, reason: string): Promise<Contact> =>
    this.http.put(`/contacts/${id}/block`, { reason });
  unblockContact = (id: number): Promise<Contact> => this.http.delete(`/contacts/${id}/block`);
  undoMerge = (mergeId: number): Promise<void> => this.http.delete(`/contacts/merges/${mergeId}`);

  // names the desk needs
  agents = (): Promise<Page<User>> => this.http.get("/agents");
  queues = (): Promise<Page<Queue>> => this.http.get("/queues");
  /** Live figures of all queues: since midnight, and of the latest half hour. */
  queueFigures = (): Promise<readonly SubjectFigures[]> =>
    allOf((cursor) => this.http.get("/figures", { kind: "queue", limit: PAGE_LIMIT, cursor }));
  /** All queues taken together and everybody who works, the latest half hour minute by minute. */
  tenantFigures = async (): Promise<SubjectFigures | undefined> =>
    (await this.http.get<Page<SubjectFigures>>("/figures", { kind: "tenant", with_minutes: true })).items[0];
  pauseQueue = (id: number, redirectId: number | null): Promise<Queue> =>
    this.http.put(`/queues/${id}/pause`, { redirect_queue_id: redirectId });
  resumeQueue = (id: number): Promise<Queue> => this.http.delete(`/queues/${id}/pause`);
  everyQueue = (): Promise<readonly Queue[]> =>
    allOf((cursor) => this.http.get("/queues", { limit: PAGE_LIMIT, cursor }));
  templates = (): Promise<Page<Template>> => this.http.get("/templates");
  tags = (): Promise<Page<Tag>> => this.http.get("/tags");
  dispositions = (): Promise<Page<Disposition>> => this.http.get("/dispositions");
}

/** Asks for page after page, at most ten, and returns all their items. */
async function allOf<T>(ask: (cursor: string | null) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let asked = 0; asked < PAGES_MAX; asked += 1) {
    const page: Page<T> = await ask(cursor);
    items.push(...page.items);
    cursor = page.next;
    if (cursor === null) break;
  }
  return items;
}

/** The outcome of a wrap-up. */
export interface Outcome {
  readonly disposition_id: number | null;
  readonly note: string;
  readonly tag_ids?: readonly number[];
}
