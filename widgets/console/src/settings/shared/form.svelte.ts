/** A form as state: what is saved, what is typed, what differs, and what the server said about which field. */
import type { Fault } from "../../app/faults";
import { type FieldErrors, faultsIn, fieldErrorsOf } from "../../app/problem";

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A value being edited and the way to save it. */
export class Form<Value extends object> {
  draft = $state() as Value;
  saved = $state.raw() as Value;
  errors = $state.raw<FieldErrors>({});
  /** The same by their paths, of a server that tells what was found and what is allowed. */
  faults = $state.raw<readonly Fault[]>([]);
  isBusy = $state(false);
  /** The fields that differ from what is saved. */
  changed = $derived.by(() => {
    const draft = $state.snapshot(this.draft) as Value;
    return (Object.keys(draft) as (keyof Value & string)[]).filter(
      (field) => !isSame(draft[field], this.saved[field]),
    );
  });
  readonly #save: (value: Value) => Promise<Value | undefined>;

  constructor(value: Value, save: (value: Value) => Promise<Value | undefined>) {
    this.saved = structuredClone(value);
    this.draft = structuredClone(value);
    this.#save = save;
  }

  /** Take what the server has now; typed changes are dropped. */
  reset(value: Value): void {
    this.saved = structuredClone(value);
    this.draft = structuredClone(value);
    this.errors = {};
    this.faults = [];
  }

  /** Drop what was typed. */
  discard(): void {
    this.reset(this.saved);
  }

  /** Save; true if the server took it. Its refusal lands at the field it names. */
  async save(): Promise<boolean> {
    this.isBusy = true;
    const sent = $state.snapshot(this.draft) as Value;
    try {
      const written = await this.#save(sent);
      this.reset(written ?? sent);
      return true;
    } catch (error) {
      this.errors = fieldErrorsOf(error, Object.keys(sent));
      this.faults = faultsIn(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
