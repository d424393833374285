/** The live figures and the team on the screen: asked again when something moved, at most once in three seconds. */

import { Asker } from "@ucc/core/console/asker";
import type { Desk } from "@ucc/core/console/desk";
import type { LiveAct, SubjectFigures, TeamMember } from "@ucc/wire";
import { sentenceOf } from "../app/problem";
import { settled, withMoved } from "./agents";
import type { Line } from "./figures";

const ASK_GAP_MS = 3_000;
/** The half hour moves on when nothing else does: its minutes are what it is counted by. */
const MINUTE_MS = 60_000;
const MOVED_BY: readonly string[] = ["queues", "presence", "views"];

/** Asks for figures while the page is open. */
export class Live {
  lines = $state.raw<readonly Line[] | null>(null);
  /** All queues taken together and everybody who works, with the minutes of the half hour. */
  total = $state.raw<SubjectFigures | null>(null);
  /** null while it is not known, and for who may not see everybody's work. */
  team = $state.raw<readonly TeamMember[] | null>(null);
  /** What supervisors did today. */
  acts = $state.raw<readonly LiveAct[]>([]);
  atMs = $state(0);
  failure = $state("");
  /** When the whole team was asked for, and when whom something changed for. */
  #wholeMs = 0;
  #teamMs = 0;
  readonly #desk: Desk;
  readonly #asker: Asker;
  readonly #stops: readonly (() => void)[];

  constructor(desk: Desk, withTeam: boolean) {
    this.#desk = desk;
    this.#asker = new Asker(async () => {
      try {
        const [total, figures, queues] = await Promise.all([
          desk.api.tenantFigures(),
          desk.api.queueFigures(),
          desk.api.everyQueue(),
          withTeam ? this.#askTeam() : null,
        ]);
        if (withTeam && total) this.acts = (await desk.api.liveActs(total.midnight_ms)).items;
        this.total = total ?? null;
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
        if (state !== "live") return;
        this.#wholeMs = 0;
        this.#asker.soon();
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

  /** Asks whom something changed for since the last answer; once a minute for everybody, who may have left. */
  async #askTeam(): Promise<void> {
    const now = this.#desk.now();
    const team = this.team;
    if (team === null || now - this.#wholeMs >= MINUTE_MS) {
      this.team = settled(team, (await this.#desk.api.team()).items);
      this.#wholeMs = now;
    } else {
      this.team = withMoved(team, (await this.#desk.api.team(this.#teamMs)).items);
    }
    this.#teamMs = now;
  }
}
