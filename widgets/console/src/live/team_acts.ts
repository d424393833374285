/** One act on every chosen agent; who was refused is named with the reason. */

import type { Desk } from "@ucc/core/console/desk";
import { onEach } from "@ucc/core/console/selection";
import type { MenuLine } from "@ucc/ui/menu";
import { toasts } from "@ucc/ui/toasts";
import type { OffQueueReason, Presence, StatusWrite, TeamMember } from "@ucc/wire";
import { sentenceOf } from "../app/problem";
import { REASONS, reasonWord } from "../frame/presence";
import { m } from "../paraglide/messages";

/** Somebody on whom an act was not carried out. */
export interface Refused {
  readonly id: number;
  readonly name: string;
  readonly reason: string;
}

async function onAll(
  team: readonly TeamMember[],
  act: (agentId: number) => Promise<unknown>,
  done: (count: number) => string,
): Promise<readonly Refused[]> {
  const outcome = await onEach(team, (member) => act(member.presence.agent_id));
  if (outcome.done) toasts.show(done(outcome.done), { icon: "check" });
  return outcome.refused.map(({ row, error }) => ({
    id: row.presence.agent_id,
    name: row.name,
    reason: sentenceOf(error),
  }));
}

export function setStatusOfAll(
  desk: Desk,
  team: readonly TeamMember[],
  status: StatusWrite,
): Promise<readonly Refused[]> {
  return onAll(
    team,
    (id) => desk.api.setStatusOf(id, status),
    (count) => m.live_statuses_set({ count }),
  );
}

export function signOutAll(desk: Desk, team: readonly TeamMember[]): Promise<readonly Refused[]> {
  return onAll(
    team,
    (id) => desk.api.signOutOf(id),
    (count) => m.live_all_signed_out({ count }),
  );
}

/** Returns the menu by which a supervisor sets a status; `presence` marks what one agent has or will have. */
export function statusLines(
  hasWork: boolean,
  set: (status: StatusWrite) => void,
  presence?: Presence,
): MenuLine[] {
  const status = presence?.next_status ?? presence?.status;
  const reason = presence?.next_status ? presence.next_reason : presence?.reason;
  const checked = (isSo: boolean): { isChecked?: boolean } => (presence ? { isChecked: isSo } : {});
  return [
    {
      label: m.frame_on_queue(),
      ...checked(status === "on_queue"),
      onpick: () => set({ status: "on_queue", reason: null }),
    },
    "rule",
    { heading: hasWork ? m.frame_presence_after_work() : m.frame_presence_leave_for() },
    ...REASONS.map(({ key, icon }) => ({
      label: reasonWord(key),
      icon,
      ...checked(status === "off_queue" && reason === key),
      onpick: () => set({ status: "off_queue", reason: key as OffQueueReason }),
    })),
  ];
}
