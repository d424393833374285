/** What the composer offers while typing: templates after `/`, colleagues after `@`, emoji after `:`. */
import { matchTemplates, type Range, triggerAt } from "@ucc/core/console/templates";
import type { Template, User } from "@ucc/wire";
import { m } from "../paraglide/messages";
import { findEmoji } from "./emoji";

export type Choice =
  | { readonly kind: "template"; readonly key: string; readonly template: Template }
  | { readonly kind: "mention"; readonly key: string; readonly user: User }
  | { readonly kind: "emoji"; readonly key: string; readonly emoji: string; readonly words: string };

export interface Choices {
  readonly at: Range;
  readonly label: string;
  readonly list: readonly Choice[];
}

export interface ChoiceSources {
  readonly templates: readonly Template[];
  readonly people: readonly User[];
  readonly isNote: boolean;
}

const MENTIONS_SHOWN_MAX = 8;

/** Returns what is offered at the caret, or null. */
export function choicesAt(text: string, caret: number, from: ChoiceSources): Choices | null {
  const slash = triggerAt(text, caret, "/");
  if (slash) {
    const found = matchTemplates(from.templates, slash.query);
    const list = found.map((template) => ({ kind: "template", key: `t${template.id}`, template }) as const);
    return list.length ? { at: slash, label: m.desk_templates(), list } : null;
  }
  const at = from.isNote ? triggerAt(text, caret, "@") : null;
  if (at) {
    const asked = at.query.toLocaleLowerCase();
    const list = from.people
      .filter((user) => user.is_active && user.name.toLocaleLowerCase().includes(asked))
      .slice(0, MENTIONS_SHOWN_MAX)
      .map((user) => ({ kind: "mention", key: `u${user.id}`, user }) as const);
    return list.length ? { at, label: m.desk_mention(), list } : null;
  }
  const colon = triggerAt(text, caret, ":");
  if (!colon || colon.query.length < 2) return null;
  const list = findEmoji(colon.query).map(
    ([emoji, words]) => ({ kind: "emoji", key: emoji, emoji, words }) as const,
  );
  return list.length ? { at: colon, label: m.desk_emoji(), list } : null;
}
