/** Views an agent has made: one of the desk's views, narrowed, under a name of their own. Pure. */

export const SAVED_VIEWS_MAX = 12;
export const SAVED_NAME_CHARACTERS = 40;

/** What narrows a view. */
export interface Narrowing {
  readonly queue_id: number | null;
  readonly tag_id: number | null;
  readonly is_vip: boolean;
}

export const WIDE: Narrowing = { queue_id: null, tag_id: null, is_vip: false };

export interface SavedView extends Narrowing {
  /** Stands in the address: `saved-` and a random word. */
  readonly key: string;
  readonly name: string;
  /** The desk's view it narrows. */
  readonly view: string;
}

/** Whether the narrowing leaves anything out. */
export function isNarrow({ queue_id, tag_id, is_vip }: Narrowing): boolean {
  return queue_id !== null || tag_id !== null || is_vip;
}

export function isSameNarrowing(one: Narrowing, other: Narrowing): boolean {
  return one.queue_id === other.queue_id && one.tag_id === other.tag_id && one.is_vip === other.is_vip;
}

/** Returns the views with another at the end, or the same when there is no room. */
export function withView(views: readonly SavedView[], view: Omit<SavedView, "key">): readonly SavedView[] {
  if (views.length >= SAVED_VIEWS_MAX) return views;
  const name = view.name.trim().slice(0, SAVED_NAME_CHARACTERS);
  return [...views, { ...view, name, key: `saved-${crypto.randomUUID().slice(0, 8)}` }];
}

export function withoutView(views: readonly SavedView[], key: string): readonly SavedView[] {
  return views.filter((view) => view.key !== key);
}

/** Reads views from what was kept, leaving out what is none. */
export function savedViewsOf(kept: unknown): readonly SavedView[] {
  if (!Array.isArray(kept)) return [];
  return kept.flatMap((one: unknown) => viewOf(one) ?? []).slice(0, SAVED_VIEWS_MAX);
}

function viewOf(one: unknown): SavedView | null {
  if (typeof one !== "object" || one === null) return null;
  const { key, name, view, queue_id, tag_id, is_vip } = one as Record<string, unknown>;
  if (typeof key !== "string" || typeof name !== "string" || typeof view !== "string") return null;
  const idOf = (id: unknown): number | null => (typeof id === "number" ? id : null);
  return { key, name, view, queue_id: idOf(queue_id), tag_id: idOf(tag_id), is_vip: is_vip === true };
}
