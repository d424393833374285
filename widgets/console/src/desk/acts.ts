/** What an agent does with the open conversation; each tells what was done, or why not. */
import type { Desk } from "@ucc/core/console/desk";
import { toasts } from "@ucc/ui/toasts";
import type { Conversation, TransferWrite } from "@ucc/wire";
import { sentenceOf } from "../app/problem";
import { m } from "../paraglide/messages";
import { contactName } from "./words";

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

/** Whose work a conversation is, and what that allows. */
export interface Standing {
  readonly isMine: boolean;
  readonly isActive: boolean;
  readonly isWrapping: boolean;
  readonly isParked: boolean;
  readonly isWaiting: boolean;
  /** Nobody works on it any more. */
  readonly isOver: boolean;
}

export function standingOf(row: Conversation, me: number): Standing {
  const state = row.interaction?.state;
  const isMine = row.interaction?.agent_id === me;
  return {
    isMine,
    isActive: isMine && (state === "active" || state === "connecting" || state === "held"),
    isWrapping: isMine && state === "wrapping",
    isParked: isMine && state === "parked",
    isWaiting: state === "queued" || state === "offered" || state === "new",
    isOver: !state || ["closed", "abandoned", "cancelled", "failed"].includes(state),
  };
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
