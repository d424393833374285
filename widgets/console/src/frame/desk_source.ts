/** What the frame shows, read from the desk's state. */
import type { Desk } from "@ucc/core/console/desk";
import { derived } from "svelte/store";
import { standingOf } from "../desk/standing";
import type { FrameSource } from "./sources";

/** Return the frame's view of a desk. */
export function sourceOf(desk: Desk): FrameSource {
  return {
    presence: derived(desk.agent, ({ presence }) => presence),
    mentions: derived(desk.agent, ({ mentions }) => mentions),
    waiting: derived(
      desk.mine.state,
      ({ rows }) =>
        rows.filter((row) => row.waiting_since_ms !== null && !standingOf(row, desk.me.user.id).isAsked)
          .length,
    ),
    connection: desk.connection,
    setStatus: async (status) => {
      const presence = await desk.api.setStatus(status);
      desk.agent.update((old) => ({ ...old, presence: presence ?? old.presence }));
      if (!presence) await desk.refreshPresence();
    },
    clearBlock: async () => {
      await desk.api.clearBlock();
      await desk.refreshPresence();
    },
  };
}
