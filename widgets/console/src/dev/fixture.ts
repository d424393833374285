/**
 * A pretend server for working on screens without one: `npm run dev`, then /console/?fixture.
 * Loaded only in development; no build holds it.
 */
import type { WebSocketLike } from "@ucc/core/socket";
import { CONTACTS, PEOPLE, TABLES } from "./fixture_data";

type Row = Record<string, unknown> & { id: number };

const tables: Record<string, Row[]> = structuredClone(TABLES) as unknown as Record<string, Row[]>;
let people = structuredClone(PEOPLE) as unknown as Row[];
const contacts = structuredClone(CONTACTS) as unknown as Row[];
let nextId = 9000;
const sinceMs = Date.now() - 6_128_000;
let presence: Record<string, unknown> = {
  agent_id: 1,
  session: "online",
  status: "on_queue",
  since_ms: sinceMs,
  load: { chat: 2 },
  capacity: { chat: 4 },
};

function answer(body: unknown, status = 200): Response {
  return new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json" },
  });
}

function page(items: unknown[]): Response {
  return answer({ items, next: null });
}

const PERMISSIONS =
  "conversations.read_own conversations.read_all conversations.reply conversations.note conversations.transfer conversations.take contacts.read contacts.write contacts.merge templates.write settings.read settings.write people.read people.write presence.set_own queues.read api_keys.write audit.read".split(
    " ",
  );

function me(): unknown {
  return {
    user: people[0],
    tenant_id: 1,
    tenant_name: "Lintwick",
    permissions: PERMISSIONS,
    csrf_token: "x",
    locale: "en",
    theme: "system",
    preferences: {},
  };
}

function crud(rows: Row[], method: string, id: number | null, body: Record<string, unknown>): Response {
  const at = rows.findIndex((row) => row.id === id);
  if (method === "POST") {
    const made: Row = { ...body, id: nextId++ };
    rows.push(made);
    return answer(made, 201);
  }
  if (id === null) return page(rows);
  const row = rows[at];
  if (!row) return answer({ code: "not_found", detail: "no such thing" }, 404);
  if (method === "DELETE") {
    rows.splice(at, 1);
    return answer(null, 204);
  }
  if (method === "GET") return answer(row);
  const written: Row = { ...row, ...body };
  rows[at] = written;
  return answer(written);
}

function matrix(cells: { agent_id: number; skill_id: number; level: number }[]): Response {
  for (const cell of cells) {
    const skills = people.find(({ id }) => id === cell.agent_id)?.skills as Record<string, number>;
    if (cell.level) skills[cell.skill_id] = cell.level;
    else delete skills[cell.skill_id];
  }
  return page(cells);
}

/** Answer a request as the server would. */
export const fixtureFetch: typeof fetch = async (input, init) => {
  const url = new URL(String(input), location.href);
  const method = init?.method ?? "GET";
  const body = typeof init?.body === "string" ? JSON.parse(init.body) : {};
  const [, , room = "", second = "", third = ""] = url.pathname.split("/");
  const id = /^\d+$/u.test(second) ? Number(second) : null;
  if (room === "auth" && second === "me" && location.search.includes("fixture=out"))
    return answer({ code: "not_signed_in", detail: "Sign in." }, 401);
  if (room === "auth") return answer(second === "ticket" ? { ticket: "x" } : me());
  if (room === "presence") {
    if (method === "PUT") presence = { ...presence, ...body, since_ms: Date.now() };
    if (method === "DELETE") presence = { ...presence, is_blocked: false };
    return answer(presence);
  }
  if (room === "agents") return method === "PUT" ? matrix(body) : page(people);
  if (room === "users") {
    if (method === "DELETE")
      people = people.map((one) => (one.id === id ? { ...one, is_active: false } : one));
    return method === "DELETE" ? answer(null, 204) : crud(people, method, id, body);
  }
  if (room === "contacts") {
    if (third === "conversations") return page(tables.conversations ?? []);
    if (third === "merge")
      return answer({ id: 77, kept_id: id, merged_id: body.merged_id, at_ms: Date.now() });
    const q = url.searchParams.get("q") ?? "";
    return id === null && method === "GET"
      ? page(contacts.filter((one) => JSON.stringify(one).includes(q)))
      : crud(contacts, method, id, body);
  }
  if (room === "inboxes" && third === "rotate-secret")
    return answer({ ...tables.inboxes?.[0], identity_secret: "whs_4f0c9b7e2a6d4e5b8c1f" });
  if (room === "search") return answer({ conversations: [], entries: [], contacts: contacts.slice(0, 3) });
  if (room === "offers" || room === "views") return page([]);
  const table = tables[room];
  return table ? crud(table, method, id, body) : answer({ code: "not_found", detail: url.pathname }, 404);
};

/** A socket that is welcomed and hears nothing. */
export function fixtureSocket(): WebSocketLike {
  const socket: WebSocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => {
      if (!String(text).includes('"hello"')) return;
      const welcome = { type: "welcome", user_id: 1, node: "fixture", now_ms: Date.now(), stale: [] };
      setTimeout(() => socket.onmessage?.(new MessageEvent("message", { data: JSON.stringify(welcome) })));
    },
    close: () => undefined,
  };
  setTimeout(() => socket.onopen?.(new Event("open")));
  return socket;
}
