/** The settings' REST rooms, all alike: list, read, make, write, remove. */
import type { Http, Page } from "@ucc/core/console/http";
import type {
  AgentPlan,
  ApiKey,
  ApiKeyWrite,
  Audience,
  AudienceWrite,
  Disposition,
  DispositionWrite,
  Hours,
  HoursWrite,
  Inbox,
  InboxWrite,
  PlanWrite,
  Queue,
  QueueWrite,
  Skill,
  SkillCell,
  SkillWrite,
  SlaPolicy,
  SlaPolicyWrite,
  Tag,
  TagWrite,
  Template,
  TemplateWrite,
  User,
  UserWrite,
} from "@ucc/wire";
import { session } from "../../app/session.svelte";

const PAGE_LIMIT = 100;
const PAGES_MAX = 50;

/** Return every item of a paged list, up to 5,000. */
export async function allOf<Row>(http: Http, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer: Page<Row> = await http.get(path, { limit: PAGE_LIMIT, cursor });
    rows.push(...answer.items);
    cursor = answer.next ?? null;
    if (!cursor) break;
  }
  return rows;
}

/** One kind of setting behind its path. */
export class Room<Row, Write> {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  list = (): Promise<Row[]> => allOf(session.http, this.path);
  read = (id: number): Promise<Row> => session.http.get(`${this.path}/${id}`);
  make = (write: Write): Promise<Row> => session.http.post(this.path, write);
  write = (id: number, write: Write): Promise<Row> => session.http.put(`${this.path}/${id}`, write);
  remove = (id: number): Promise<void> => session.http.delete(`${this.path}/${id}`);
}

export const skillRoom = new Room<Skill, SkillWrite>("/skills");
export const queueRoom = new Room<Queue, QueueWrite>("/queues");
export const hoursRoom = new Room<Hours, HoursWrite>("/hours");
export const inboxRoom = new Room<Inbox, InboxWrite>("/inboxes");
export const templateRoom = new Room<Template, TemplateWrite>("/templates");
export const tagRoom = new Room<Tag, TagWrite>("/tags");
export const audienceRoom = new Room<Audience, AudienceWrite>("/audiences");
export const dispositionRoom = new Room<Disposition, DispositionWrite>("/dispositions");
export const slaRoom = new Room<SlaPolicy, SlaPolicyWrite>("/sla-policies");
export const keyRoom = new Room<ApiKey, ApiKeyWrite>("/api-keys");

/** People, whose changes are partial. */
export const people = {
  list: (): Promise<User[]> => allOf(session.http, "/users"),
  /** The same people with their presence; only those who may be agents. */
  agents: (): Promise<User[]> => allOf(session.http, "/agents"),
  make: (write: UserWrite): Promise<User> => session.http.post("/users", write),
  change: (id: number, write: UserWrite): Promise<User> => session.http.patch(`/users/${id}`, write),
  remove: (id: number): Promise<void> => session.http.delete(`/users/${id}`),
  writeSkills: (cells: readonly SkillCell[]): Promise<unknown> => session.http.put("/agents/skills", cells),
};

/** Planned shifts and breaks, one plan a person. */
export const plans = {
  list: (): Promise<AgentPlan[]> => allOf(session.http, "/presence/plans"),
  write: (agentId: number, write: PlanWrite): Promise<AgentPlan> =>
    session.http.put(`/presence/${agentId}/plan`, write),
};

/** A new identity secret of an inbox, which replaces the old one. */
export function rotateSecret(id: number): Promise<Inbox> {
  return session.http.post(`/inboxes/${id}/rotate-secret`);
}
