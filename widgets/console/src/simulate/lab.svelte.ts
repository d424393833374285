/** The page's state: the days, the form, and the simulation that is shown or still runs. */
import type { Page } from "@ucc/core/console/http";
import type { RecordedDay, Simulation } from "@ucc/wire";
import { type FieldErrors, fieldErrorsOf, sentenceOf } from "../app/problem";
import { session } from "../app/session.svelte";
import { type Draft, draftFrom, draftOf, writeOf } from "./draft";

const LOOK_MS = 700;
const PATH = "/simulations";
const LIST_LIMIT = 20;

export class Lab {
  days = $state.raw<readonly RecordedDay[]>([]);
  past = $state.raw<readonly Simulation[]>([]);
  draft = $state<Draft>(draftOf(""));
  shown = $state.raw<Simulation | null>(null);
  errors = $state.raw<FieldErrors>({});
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

  /** Start a simulation of the form. */
  async run(): Promise<void> {
    this.isAsking = true;
    this.errors = {};
    try {
      this.shown = await session.http.post<Simulation>(PATH, writeOf(this.draft));
      this.past = [this.shown, ...this.past];
      this.#lookSoon();
    } catch (error) {
      this.errors = fieldErrorsOf(error, ["date", "volume"]);
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
      this.errors = { "": sentenceOf(error) };
    }
  }

  /** Show an earlier one, its form with it. */
  async open(id: number): Promise<void> {
    this.stop();
    this.errors = {};
    this.#isOver = false;
    try {
      const found = await session.http.get<Simulation>(`${PATH}/${id}`);
      this.draft = draftFrom(found.write);
      this.shown = found;
      if (this.isRunning) this.#lookSoon();
    } catch (error) {
      this.errors = { "": sentenceOf(error) };
    }
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
      this.shown = found;
      this.past = this.past.map((one) => (one.id === found.id ? { ...found, report: null } : one));
    } catch (error) {
      this.errors = { "": sentenceOf(error) };
    }
    if (this.isRunning) this.#lookSoon();
  }
}
