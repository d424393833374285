/** The page's state: the days, the form, and the simulation that is shown or still runs. */
import type { Page } from "@ucc/core/console/http";
import type { RecordedDay, Simulation, User } from "@ucc/wire";
import { type Fault, faultsOf } from "../app/faults";
import { faultsIn, sentenceOf } from "../app/problem";
import { session } from "../app/session.svelte";
import { type Draft, draftFrom, draftOf, shapeOf, writeOf } from "./draft";

const LOOK_MS = 700;
const PATH = "/simulations";
const LIST_LIMIT = 20;
/** Of a first guess: as many contacts an hour for each agent. */
const CONTACTS_EACH = 15;
const CONTACTS_MIN = 10;

export class Lab {
  days = $state.raw<readonly RecordedDay[]>([]);
  past = $state.raw<readonly Simulation[]>([]);
  draft = $state<Draft>(draftOf(""));
  shown = $state.raw<Simulation | null>(null);
  /** What went wrong and belongs to no field. */
  error = $state("");
  /** What the last question was refused for, field by field; gone once its rows are others. */
  readonly faults = $derived.by<readonly Fault[]>(() =>
    shapeOf(this.draft) === this.#askedShape ? this.#refused : [],
  );
  #refused = $state.raw<readonly Fault[]>([]);
  #askedShape = $state("");
  isAsking = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  /** Whether the simulation that is shown is not done. */
  get isRunning(): boolean {
    return this.shown?.state === "queued" || this.shown?.state === "running";
  }

  /** Ask for the days, and for what was asked before. */
  load = async (): Promise<readonly RecordedDay[]> => {
    const [days, past] = await Promise.all([
      session.http.get<Page<RecordedDay>>(`${PATH}/days`),
      session.http.get<Page<Simulation>>(PATH, { limit: LIST_LIMIT }),
    ]);
    this.days = days.items;
    this.past = past.items;
    const last = this.days.find((day) => day.is_whole) ?? this.days[0];
    if (last && !this.draft.date) this.draft.date = last.date;
    return this.days;
  };

  /** Begin with figures that fit the agents there are; where no day was recorded, they are all there is to ask. */
  assume(agents: readonly User[]): void {
    const count = agents.filter((one) => one.role === "agent").length;
    this.draft.assumed.contacts_per_hour = Math.max(CONTACTS_MIN, count * CONTACTS_EACH);
    if (this.days.length) return;
    this.draft.basis = "assumed";
    this.draft.date = new Date().toISOString().slice(0, 10);
  }

  /** Start a simulation of the form. */
  async run(): Promise<void> {
    this.isAsking = true;
    this.error = "";
    this.#askedShape = shapeOf(this.draft);
    this.#refused = [];
    try {
      this.shown = await session.http.post<Simulation>(PATH, writeOf(this.draft));
      this.past = [this.shown, ...this.past];
      this.#lookSoon();
    } catch (error) {
      this.#refused = faultsIn(error);
      this.error = this.#refused.length ? "" : sentenceOf(error);
    }
    this.isAsking = false;
  }

  /** End the one that runs. */
  async cancel(): Promise<void> {
    const running = this.shown;
    if (!running) return;
    this.stop();
    this.shown = null;
    this.past = this.past.filter((one) => one.id !== running.id);
    try {
      await session.http.delete(`${PATH}/${running.id}`);
    } catch (error) {
      this.error = sentenceOf(error);
    }
  }

  /** Show an earlier one, its form with it. */
  async open(id: number): Promise<void> {
    this.stop();
    this.error = "";
    this.#refused = [];
    this.#isOver = false;
    try {
      const found = await session.http.get<Simulation>(`${PATH}/${id}`);
      this.draft = draftFrom(found.write);
      this.#show(found);
      if (this.isRunning) this.#lookSoon();
    } catch (error) {
      this.error = sentenceOf(error);
    }
  }

  /** Show how far it is; what only the day could tell is refused at its field too. */
  #show(found: Simulation): void {
    this.shown = found;
    if (found.state !== "failed" || !faultsOf(found.error ?? "").length) return;
    this.#askedShape = shapeOf(draftFrom(found.write));
    this.#refused = faultsOf(found.error ?? "");
  }

  /** Look no more. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #lookSoon(): void {
    this.#isOver = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS);
  }

  async #look(): Promise<void> {
    const running = this.shown;
    if (!running || this.#isOver) return;
    try {
      const found = await session.http.get<Simulation>(`${PATH}/${running.id}`);
      if (this.#isOver || this.shown?.id !== found.id) return;
      this.#show(found);
      this.past = this.past.map((one) => (one.id === found.id ? { ...found, report: null } : one));
    } catch (error) {
      this.error = sentenceOf(error);
    }
    if (this.isRunning) this.#lookSoon();
  }
}
