/** The REST verbs of contacts that the desk's own client lacks. */

import type { Page } from "@ucc/core/console/http";
import type { Contact, ContactWrite } from "@ucc/wire";
import { session } from "../app/session.svelte";
import { m } from "../paraglide/messages";

const LIST_LIMIT = 50;

/** Return one page of contacts, latest change first; `text` searches in any script. */
export function listContacts(text: string, cursor: string | null): Promise<Page<Contact>> {
  return session.http.get("/contacts", { q: text.trim(), cursor, limit: LIST_LIMIT });
}

/** Make a contact by hand. */
export function makeContact(write: ContactWrite): Promise<Contact> {
  return session.http.post("/contacts", write);
}

/** Return how to call a contact: the name, else an address, else that there is none. */
export function nameOf(contact: Pick<Contact, "id" | "name" | "email" | "phone">): string {
  return contact.name || contact.email || contact.phone || m.contacts_nameless({ id: contact.id });
}
