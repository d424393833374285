/** The desk's views in their order, what each is called, and what an address means. */
import { type Narrowing, type SavedView, WIDE } from "@ucc/core/console/saved_views";
import type { IconName } from "@ucc/ui/icons";
import { m } from "../paraglide/messages";

export interface DeskView {
  readonly key: string;
  readonly icon: IconName | null;
  readonly label: () => string;
  /** A part of the view above it. */
  readonly isSub: boolean;
}

/** The server says which of these there are for a user, and how many are in each. */
export const VIEWS: readonly DeskView[] = [
  { key: "mine", icon: "inbox", label: m.desk_view_mine, isSub: false },
  { key: "working", icon: null, label: m.desk_view_working, isSub: true },
  { key: "waiting_on_contact", icon: null, label: m.desk_view_waiting_on_contact, isSub: true },
  { key: "wrap_up", icon: null, label: m.desk_view_wrap_up, isSub: true },
  { key: "parked", icon: null, label: m.desk_view_parked, isSub: true },
  { key: "mentions", icon: "at", label: m.desk_view_mentions, isSub: false },
  { key: "unassigned", icon: "user-plus", label: m.desk_view_unassigned, isSub: false },
  { key: "my_queues", icon: "users", label: m.desk_view_my_queues, isSub: false },
  { key: "missed", icon: "history", label: m.desk_view_missed, isSub: false },
  { key: "all", icon: "chat", label: m.desk_view_all, isSub: false },
];

/** A list the desk can show: its place in the address, its name, and what is asked of the server. */
export interface Shown {
  readonly key: string;
  readonly label: string;
  readonly view: string;
  readonly narrowed: Narrowing;
}

/** Returns what a key of the address shows; undefined if there is no such view. */
export function shownOf(key: string | undefined, saved: readonly SavedView[]): Shown | undefined {
  const own = saved.find((one) => one.key === key);
  if (own) {
    const { queue_id, tag_id, is_vip } = own;
    return { key: own.key, label: own.name, view: own.view, narrowed: { queue_id, tag_id, is_vip } };
  }
  const view = VIEWS.find((one) => one.key === key);
  return view && { key: view.key, label: view.label(), view: view.key, narrowed: WIDE };
}
