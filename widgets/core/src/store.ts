/** One observable value; its `subscribe` is Svelte's store contract, so views of any framework can hold it. */
export class Store<T> {
  private value: T;
  private readonly runs = new Set<(value: T) => void>();

  constructor(initial: T) {
    this.value = initial;
  }

  get(): T {
    return this.value;
  }

  /** Replaces the value; the same reference tells nobody. */
  set(next: T): void {
    if (Object.is(next, this.value)) return;
    this.value = next;
    for (const run of [...this.runs]) run(next);
  }

  update(change: (old: T) => T): void {
    this.set(change(this.value));
  }

  /** Calls `run` at once and after every change; returns the way out. */
  subscribe(run: (value: T) => void): () => void {
    this.runs.add(run);
    run(this.value);
    return () => this.runs.delete(run);
  }
}
