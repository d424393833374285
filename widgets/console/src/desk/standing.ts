/** How the reader stands to the work of a conversation. Pure. */
import { wrapUpOf } from "@ucc/core/console/rows";
import type { Conversation } from "@ucc/wire";

/** Whose work a conversation is, and what that allows. */
export interface Standing {
  readonly isMine: boolean;
  readonly isActive: boolean;
  /** I call the contact back, who has not been reached yet. */
  readonly isDialling: boolean;
  /** A wrap-up of mine runs, perhaps beside a colleague's work after I handed it on. */
  readonly isWrapping: boolean;
  readonly isParked: boolean;
  readonly isWaiting: boolean;
  /** With a flow: the contact comes back to this agent. */
  readonly isInFlow: boolean;
  /** On hold, of a call of mine. */
  readonly isHeld: boolean;
  /** I am asked for advice: I read, and write notes. */
  readonly isAsked: boolean;
  /** I am in the conference beside its owner: I answer the contact too. */
  readonly isSeated: boolean;
  /** Nobody works on it any more. */
  readonly isOver: boolean;
}

export function standingOf(row: Conversation, me: number): Standing {
  const state = row.interaction?.state;
  const isMine = row.interaction?.agent_id === me;
  const own = row.bonded?.find((one) => one.agent_id === me && one.state === "active");
  return {
    isMine,
    isActive: isMine && (state === "active" || state === "held"),
    isDialling: isMine && state === "connecting",
    isWrapping: wrapUpOf(row, me)?.agent_id === me,
    isParked: isMine && state === "parked",
    isInFlow: isMine && state === "in_flow",
    isHeld: isMine && state === "held",
    isAsked: own?.bond === "consult",
    isSeated: own?.bond === "seat",
    isWaiting: state !== undefined && ["new", "queued", "offered", "scheduled"].includes(state),
    isOver: !state || ["closed", "abandoned", "cancelled", "failed"].includes(state),
  };
}
