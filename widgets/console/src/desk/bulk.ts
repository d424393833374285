/** One act on every chosen conversation; what was refused is told with its reason. */
import type { Desk } from "@ucc/core/console/desk";
import { onEach } from "@ucc/core/console/selection";
import { toasts } from "@ucc/ui/toasts";
import type { Conversation, TransferWrite } from "@ucc/wire";
import { sentenceOf } from "../app/problem";
import { m } from "../paraglide/messages";
import { standingOf } from "./standing";

type Act = (row: Conversation) => Promise<unknown>;

async function onAll(
  rows: readonly Conversation[],
  act: Act,
  done: (count: number) => string,
): Promise<boolean> {
  const outcome = await onEach(rows, act);
  if (outcome.done) toasts.show(done(outcome.done));
  const [first] = outcome.refused;
  if (first) {
    const reason = sentenceOf(first.error);
    toasts.fail(m.desk_bulk_refused({ count: outcome.refused.length, reason }));
  }
  return outcome.done > 0;
}

/** What may be done with these rows; an act is offered when at least one of them allows it. */
export interface Doable {
  readonly take: readonly Conversation[];
  readonly transfer: readonly Conversation[];
  readonly resolve: readonly Conversation[];
}

export function doableOf(rows: readonly Conversation[], me: number): Doable {
  const standings = rows.map((row) => ({ row, standing: standingOf(row, me) }));
  const of = (fits: (one: (typeof standings)[number]) => boolean): Conversation[] =>
    standings.filter(fits).map(({ row }) => row);
  return {
    take: of(({ standing }) => standing.isWaiting && !standing.isMine),
    transfer: of(({ standing }) => standing.isActive || standing.isParked),
    resolve: of(({ row, standing }) => standing.isActive || (standing.isOver && row.state !== "resolved")),
  };
}

export function takeAll(desk: Desk, rows: readonly Conversation[]): Promise<boolean> {
  const act: Act = async ({ interaction }) => interaction && desk.work.act((api) => api.take(interaction.id));
  return onAll(rows, act, (count) => m.desk_bulk_taken({ count }));
}

export function transferAll(
  desk: Desk,
  rows: readonly Conversation[],
  to: TransferWrite,
  toName: string,
): Promise<boolean> {
  const act: Act = async ({ interaction }) =>
    interaction && desk.work.act((api) => api.transfer(interaction.id, to));
  return onAll(rows, act, (count) => m.desk_bulk_transferred({ count, to: toName }));
}

export function tagAll(
  desk: Desk,
  rows: readonly Conversation[],
  tagId: number,
  name: string,
): Promise<boolean> {
  const act: Act = async (row) => {
    const tag_ids = [...new Set([...row.tag_ids, tagId])];
    desk.put(await desk.api.changeConversation(row.id, { tag_ids }));
  };
  return onAll(rows, act, (count) => m.desk_bulk_tagged({ count, tag: name }));
}

/** Work in hand ends and goes to wrap-up; what nobody works on any more is resolved at once. */
export function resolveAll(desk: Desk, rows: readonly Conversation[]): Promise<boolean> {
  const act: Act = async (row) => {
    const { interaction } = row;
    if (interaction && standingOf(row, desk.me.user.id).isActive)
      await desk.work.act((api) => api.end(interaction.id, row.head_seq));
    else desk.put(await desk.api.changeConversation(row.id, { state: "resolved" }));
  };
  return onAll(rows, act, (count) => m.desk_bulk_resolved({ count }));
}
