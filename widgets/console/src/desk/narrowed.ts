/** A narrowing in words, for the chip beside the order and the sentence when nothing fits. */
import type { Narrowing } from "@ucc/core/console/saved_views";
import { m } from "../paraglide/messages";

type Named = { readonly id: number; readonly name: string };

export function narrowedWords(narrowed: Narrowing, queues: readonly Named[], tags: readonly Named[]): string {
  const nameOf = (all: readonly Named[], id: number | null): string | undefined =>
    all.find((one) => one.id === id)?.name;
  const parts = [nameOf(queues, narrowed.queue_id), nameOf(tags, narrowed.tag_id)];
  return [...parts, narrowed.is_vip ? m.desk_vip() : undefined].filter(Boolean).join(" · ");
}
