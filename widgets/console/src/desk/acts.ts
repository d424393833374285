/** What an agent does with the open conversation; each tells what was done, or why not. */
import type { Desk } from "@ucc/core/console/desk";
import { toasts } from "@ucc/ui/toasts";
import type { BondedWork, Conversation, TransferWrite } from "@ucc/wire";
import { sentenceOf } from "../app/problem";
import { m } from "../paraglide/messages";
import { contactName, unreachedWords } from "./words";

const HOUR_MS = 3_600_000;

/** Carries out an act; a failure becomes a toast. Returns whether it was done. */
export async function attempt(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    toasts.fail(sentenceOf(error));
    return false;
  }
}

/** Resolves what has been seen: wrap-up starts. */
export function resolve(desk: Desk, row: Conversation): Promise<boolean> {
  const { interaction } = row;
  if (!interaction) return Promise.resolve(false);
  return attempt(() => desk.work.act((api) => api.end(interaction.id, row.head_seq)));
}

export async function park(desk: Desk, row: Conversation): Promise<boolean> {
  const { interaction } = row;
  if (!interaction) return false;
  const isDone = await attempt(() => desk.work.act((api) => api.park(interaction.id)));
  if (isDone) {
    toasts.show(m.desk_toast_parked({ name: contactName(row.contact_name) }), {
      icon: "pause",
      undo: () => void unpark(desk, row),
    });
  }
  return isDone;
}

export function unpark(desk: Desk, row: Conversation): Promise<boolean> {
  const { interaction } = row;
  if (!interaction) return Promise.resolve(false);
  return attempt(() => desk.work.act((api) => api.unpark(interaction.id)));
}

export function take(desk: Desk, row: Conversation): Promise<boolean> {
  const { interaction } = row;
  if (!interaction) return Promise.resolve(false);
  return attempt(() => desk.work.act((api) => api.take(interaction.id)));
}

export async function transfer(
  desk: Desk,
  row: Conversation,
  to: TransferWrite,
  toName: string,
): Promise<boolean> {
  const { interaction } = row;
  if (!interaction) return false;
  const isDone = await attempt(() => desk.work.act((api) => api.transfer(interaction.id, to)));
  if (isDone) {
    toasts.show(m.desk_toast_transferred({ name: contactName(row.contact_name), to: toName }), {
      icon: "transfer",
    });
  }
  return isDone;
}

/** Asks a colleague or a queue about the conversation; the contact sees nothing of it. */
export function consult(desk: Desk, row: Conversation, to: TransferWrite): Promise<boolean> {
  const { interaction } = row;
  if (!interaction) return Promise.resolve(false);
  return attempt(() => desk.work.act((api) => api.consult(interaction.id, to)));
}

/** Ends a consult or a seat: one's own, or a colleague's beside one's own work. */
export function endBonded(desk: Desk, { interaction_id }: BondedWork): Promise<boolean> {
  return attempt(() => desk.work.act((api) => api.end(interaction_id, 0)));
}

/** Brings the colleague who advises into the chat. */
export function merge(desk: Desk, { interaction_id }: BondedWork): Promise<boolean> {
  return attempt(() => desk.work.act((api) => api.mergeConsult(interaction_id)));
}

/** Hands the contact to the colleague who advises: a transfer that is accepted already. */
export async function completeConsult(desk: Desk, row: Conversation, one: BondedWork): Promise<void> {
  if (!(await attempt(() => desk.work.act((api) => api.completeConsult(one.interaction_id))))) return;
  const words = { name: contactName(row.contact_name), to: one.agent_name ?? "" };
  toasts.show(m.desk_toast_transferred(words), { icon: "transfer" });
}

/** Leaves the conference; who is named owns the work from here on. */
export async function handOver(desk: Desk, row: Conversation, one: BondedWork): Promise<void> {
  const { interaction } = row;
  const { agent_id: to } = one;
  if (!interaction || !to) return;
  if (await attempt(() => desk.work.act((api) => api.handOver(interaction.id, to))))
    toasts.show(m.desk_toast_left_to({ name: one.agent_name ?? "" }), { icon: "transfer" });
}

/** Brings a contact back who is with a flow, before the step is done. */
export function takeBack(desk: Desk, row: Conversation): Promise<boolean> {
  const { interaction } = row;
  if (!interaction) return Promise.resolve(false);
  return attempt(() => desk.work.act((api) => api.returnFromFlow(interaction.id)));
}

/** Says whether the contact who is called back was reached; who was not is called again later. */
export async function dialled(desk: Desk, row: Conversation, isReached: boolean): Promise<void> {
  const { interaction } = row;
  if (!interaction) return;
  await attempt(async () => {
    const left = await desk.work.act((api) =>
      isReached ? api.connected(interaction.id) : api.notConnected(interaction.id),
    );
    if (!isReached) toasts.show(unreachedWords(left, desk.now()), { icon: "phone" });
  });
}

/** Lets the contact of a call hold on, or speaks to them again. */
export function hold(desk: Desk, row: Conversation, isHeld: boolean): Promise<boolean> {
  const { interaction } = row;
  if (!interaction) return Promise.resolve(false);
  return attempt(() =>
    desk.work.act((api) => (isHeld ? api.hold(interaction.id) : api.unhold(interaction.id))),
  );
}

/** Snoozes for some hours; zero ends it. */
export async function snooze(desk: Desk, row: Conversation, hours: number): Promise<void> {
  const until = hours ? desk.now() + hours * HOUR_MS : null;
  await attempt(async () => {
    const changed = await desk.api.changeConversation(
      row.id,
      until ? { state: "snoozed", snoozed_until_ms: until } : { state: "open", snoozed_until_ms: null },
    );
    desk.put(changed);
    if (hours) {
      toasts.show(m.desk_toast_snoozed({ name: contactName(row.contact_name) }), {
        icon: "clock",
        undo: () => void snooze(desk, row, 0),
      });
    }
  });
}
