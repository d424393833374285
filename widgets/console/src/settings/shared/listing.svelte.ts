/** A list on the screen: asked for once, told apart as loading, ready and failed. */
import { sentenceOf } from "../../app/problem";

/** What one request brought. */
export class Loaded<Value> {
  value = $state.raw<Value | null>(null);
  failure = $state("");
  readonly #ask: () => Promise<Value>;

  constructor(ask: () => Promise<Value>) {
    this.#ask = ask;
    void this.load();
  }

  /** Ask again; what is shown stays until the answer is here. */
  async load(): Promise<void> {
    try {
      this.value = await this.#ask();
      this.failure = "";
    } catch (error) {
      this.failure = sentenceOf(error);
    }
  }
}
