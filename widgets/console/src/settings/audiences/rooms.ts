/** Who is in an audience. */
import type { Page } from "@ucc/core/console/http";
import type { AudiencePreview, Contact } from "@ucc/wire";
import { session } from "../../app/session.svelte";
import type { Condition } from "./condition";

const LIST_LIMIT = 50;

/** Return how many contacts a condition holds for, and the first; nothing is stored. */
export function preview(condition: Condition): Promise<AudiencePreview> {
  return session.http.post("/audiences/preview", { condition });
}

/** Return one page of the contacts in a saved audience, latest change first. */
export function listContactsOf(id: number, cursor: string | null): Promise<Page<Contact>> {
  return session.http.get(`/audiences/${id}/contacts`, { cursor, limit: LIST_LIMIT });
}
