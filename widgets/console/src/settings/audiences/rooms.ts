/** Who is in an audience. */
import type { Page } from "@ucc/core/console/http";
import type { AudienceCount, AudiencePreview, Contact } from "@ucc/wire";
import { session } from "../../app/session.svelte";
import type { Condition } from "./condition";

const LIST_LIMIT = 50;

/** Return how many contacts a condition holds for, and the first; nothing is stored. */
export function preview(condition: Condition): Promise<AudiencePreview> {
  return session.http.post("/audiences/preview", { condition });
}

/** Return how many contacts are in each audience, by its id. */
export async function readCounts(): Promise<ReadonlyMap<number, number>> {
  const { items } = await session.http.get<Page<AudienceCount>>("/audiences/counts");
  return new Map(items.map((one) => [one.id, one.count]));
}

/** Return one page of the contacts in a saved audience, latest change first. */
export function listContactsOf(id: number, cursor: string | null): Promise<Page<Contact>> {
  return session.http.get(`/audiences/${id}/contacts`, { cursor, limit: LIST_LIMIT });
}
