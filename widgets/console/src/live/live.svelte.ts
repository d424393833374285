/** The live figures and the team on the screen: asked again when something moved, at most once in three seconds. */

import { Asker } from "@ucc/core/console/asker";
import type { Desk } from "@ucc/core/console/desk";
import type { TeamMember } from "@ucc/wire";
import { sentenceOf } from "../app/problem";
import { settled } from "./agents";
import type { Line } from "./figures";

const ASK_GAP_MS = 3_000;
/** The half hour moves on when nothing else does: its minutes are what it is counted by. */
const MINUTE_MS = 60_000;
const MOVED_BY: readonly string[] = ["queues", "presence", "views"];

/** Asks for figures while the page is open. */
export class Live {
  lines = $state.raw<readonly Line[] | null>(null);
  /** null while it is not known, and for who may not see everybody's work. */
  team = $state.raw<readonly TeamMember[] | null>(null);
  atMs = $state(0);
  failure = $state("");
  readonly #asker: Asker;
  readonly #stops: readonly (() => void)[];

  constructor(desk: Desk, maySeeTeam: boolean) {
    this.#asker = new Asker(async () => {
      try {
        const [figures, queues, team] = await Promise.all([
          desk.api.queueFigures(),
          desk.api.everyQueue(),
          maySeeTeam ? desk.api.team() : null,
        ]);
        this.team = team && settled(this.team, team.items);
        this.lines = figures.map((one) => ({
          id: one.id ?? 0,
          name: one.name,
          figures: one,
          queue: queues.find((queue) => queue.id === one.id),
        }));
        this.atMs = figures[0]?.at_ms ?? desk.now();
        this.failure = "";
      } catch (error) {
        this.failure = sentenceOf(error);
        throw error;
      }
    }, ASK_GAP_MS);
    const minute = setInterval(() => this.#asker.soon(), MINUTE_MS);
    this.#stops = [
      desk.onEvent((event) => {
        if (event.type === "lists_changed" && event.names.some((name) => MOVED_BY.includes(name)))
          this.#asker.soon();
      }),
      desk.connection.subscribe((state) => {
        if (state === "live") this.#asker.soon();
      }),
      () => clearInterval(minute),
      () => this.#asker.stop(),
    ];
    void this.load();
  }

  /** Ask now. */
  load(): Promise<void> {
    return this.#asker.now();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }
}
