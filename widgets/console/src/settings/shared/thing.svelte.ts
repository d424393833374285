/** One thing on a page of its own: read or new, edited as a form, saved, discarded, deleted. */
import { toasts } from "@ucc/ui/toasts";
import { router } from "../../app/router.svelte";
import { m } from "../../paraglide/messages";
import { Form } from "./form.svelte";
import { Loaded } from "./listing.svelte";
import type { Room } from "./rooms";

export interface ThingOptions<Row, Write, Draft, Beside> {
  /** null: a new one. */
  readonly id: number | null;
  readonly room: Room<Row, Write>;
  /** The page of the list. */
  readonly path: string;
  /** What the form needs to choose from; never null, which would mean that it is not loaded. */
  readonly beside: () => Promise<Beside>;
  readonly draftOf: (row: Row | null, beside: Beside) => Draft;
  readonly writeOf: (draft: Draft, row: Row | null) => Write;
  /** A fault of the draft that need not be sent to be known; empty: none. */
  readonly fault?: (draft: Draft) => string;
}

export class Thing<Row extends { id: number; name: string }, Write, Draft extends object, Beside> {
  row = $state.raw<Row | null>(null);
  form = $state.raw<Form<Draft> | null>(null);
  readonly loaded: Loaded<Beside>;
  readonly isNew: boolean;
  readonly path: string;
  readonly #options: ThingOptions<Row, Write, Draft, Beside>;

  constructor(options: ThingOptions<Row, Write, Draft, Beside>) {
    this.#options = options;
    this.isNew = options.id === null;
    this.path = options.path;
    this.loaded = new Loaded(() => this.#load());
  }

  async #load(): Promise<Beside> {
    const { id, room, beside, draftOf, writeOf } = this.#options;
    const [choices, row] = await Promise.all([beside(), id === null ? null : room.read(id)]);
    this.row = row;
    this.form = new Form(draftOf(row, choices), async (draft) => {
      const write = writeOf(draft, this.row);
      const stored = await (this.row ? room.write(this.row.id, write) : room.make(write));
      this.row = stored;
      return draftOf(stored, choices);
    });
    return choices;
  }

  async save(): Promise<void> {
    const { form } = this;
    if (!form) return;
    const fault = this.#options.fault?.(form.draft) ?? "";
    if (fault) {
      form.errors = { "": fault };
      return;
    }
    if (!(await form.save())) return;
    toasts.show(m.settings_saved());
    if (this.isNew && this.row) router.go(`${this.path}/${this.row.id}`, { replaces: true });
  }

  discard(): void {
    this.form?.discard();
    if (this.isNew) router.go(this.path);
  }

  async remove(row: Row): Promise<void> {
    await this.#options.room.remove(row.id);
    toasts.show(m.settings_deleted({ name: row.name }));
    router.go(this.path);
  }
}
