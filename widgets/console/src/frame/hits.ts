/** What the palette lists: pages by their words, and what the server found. */
import type { SearchAnswer } from "@ucc/core/console/api";
import type { IconName } from "@ucc/ui/icons";
import { PAGES } from "../app/pages";
import { session } from "../app/session.svelte";
import { m } from "../paraglide/messages";
import { SECTIONS } from "../settings/sections";

/** One line of the palette and where it leads. */
export interface Hit {
  key: string;
  group: string;
  icon: IconName;
  label: string;
  aside?: string;
  path: string;
}

const SHOWN_EACH = 6;

/** Return the pages whose name holds the text; all doors for an empty one. */
export function pageHits(text: string): Hit[] {
  const asked = text.trim().toLocaleLowerCase();
  const doors: Hit[] = PAGES.filter(
    (page) => !page.needs.length || page.needs.some((permission) => session.may(permission)),
  ).map((page) => ({
    key: page.key,
    group: m.frame_palette_pages(),
    icon: page.icon,
    label: page.label(),
    path: `/${page.key}`,
  }));
  const sections: Hit[] = SECTIONS.filter((section) => session.may(section.needs)).map((section) => ({
    key: `settings/${section.key}`,
    group: m.frame_palette_pages(),
    icon: section.icon,
    label: section.label(),
    aside: m.frame_settings(),
    path: `/settings/${section.key}`,
  }));
  const all = [...doors, ...sections];
  return asked ? all.filter((hit) => hit.label.toLocaleLowerCase().includes(asked)) : all;
}

/** Return what the server found: contacts, conversations, messages. */
export function foundHits(answer: SearchAnswer | null): Hit[] {
  if (!answer) return [];
  const contacts = answer.contacts.slice(0, SHOWN_EACH).map<Hit>((contact) => ({
    key: `contact-${contact.id}`,
    group: m.frame_palette_contacts(),
    icon: "user",
    label: contact.name || contact.email || contact.phone || m.contacts_nameless({ id: contact.id }),
    aside: contact.email ?? contact.phone ?? "",
    path: `/contacts/${contact.id}`,
  }));
  const conversations = answer.conversations.slice(0, SHOWN_EACH).map<Hit>((conversation) => ({
    key: `conversation-${conversation.id}`,
    group: m.frame_palette_conversations(),
    icon: "chat",
    label: conversation.contact_name,
    aside: conversation.last_text ?? "",
    path: `/desk/c/${conversation.id}`,
  }));
  const entries = answer.entries.slice(0, SHOWN_EACH).map<Hit>((entry) => ({
    key: `entry-${entry.id}`,
    group: m.frame_palette_messages(),
    icon: "search",
    label: entry.text ?? "",
    path: `/desk/c/${entry.conversation_id}`,
  }));
  return [...contacts, ...conversations, ...entries];
}
