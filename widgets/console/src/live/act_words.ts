/** What a supervisor did, in words behind the author's name, and as a picture. Pure. */

import type { IconName } from "@ucc/ui/icons";
import type { LiveAct } from "@ucc/wire";
import { reasonWord } from "../frame/presence";
import { m } from "../paraglide/messages";

const ICONS: Readonly<Record<string, IconName>> = {
  queue_paused: "pause",
  queue_resumed: "check",
  status_set: "users",
  block_cleared: "users",
  user_signed_out: "sign-out",
  plan_changed: "hours",
};

/** Returns the picture of an act. */
export function actIcon({ act }: LiveAct): IconName {
  return ICONS[act] ?? "flag";
}

/** Returns what stands behind the author's name; an act nobody named here shows its own word. */
export function actSentence({ act, name, redirect_name, status, reason }: LiveAct): string {
  switch (act) {
    case "queue_paused":
      return redirect_name ? m.live_did_send({ name, to: redirect_name }) : m.live_did_pause({ name });
    case "queue_resumed":
      return m.live_did_resume({ name });
    case "status_set":
      return m.live_did_set({
        name,
        status: status === "on_queue" ? m.frame_on_queue() : reasonWord(reason),
      });
    case "block_cleared":
      return m.live_did_clear({ name });
    case "user_signed_out":
      return m.live_did_sign_out({ name });
    case "plan_changed":
      return m.live_did_plan({ name });
    default:
      return `${act} ${name}`;
  }
}
