/** The contacts shown: a search that waits for the typing to pause, and further pages on demand. */
import type { Contact } from "@ucc/wire";
import { sentenceOf } from "../app/problem";
import { listContacts } from "./rooms";

const PAUSE_MS = 200;

export class ContactSearch {
  rows = $state.raw<readonly Contact[] | null>(null);
  next = $state<string | null>(null);
  failure = $state("");
  text = $state("");
  isBusy = $state(false);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(text: string) {
    this.text = text;
    void this.load();
  }

  /** The text changed: ask once the typing pauses. */
  soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), PAUSE_MS);
  }

  /** Ask for the first page; a slower answer to an older text is dropped. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const page = await listContacts(this.text, null);
      if (asked !== this.#asked) return;
      this.rows = page.items;
      this.next = page.next;
      this.failure = "";
    } catch (error) {
      if (asked === this.#asked) this.failure = sentenceOf(error);
    }
  }

  /** Ask for the page after what is shown. */
  async more(): Promise<void> {
    const asked = this.#asked;
    this.isBusy = true;
    try {
      const page = await listContacts(this.text, this.next);
      if (asked === this.#asked) {
        this.rows = [...(this.rows ?? []), ...page.items];
        this.next = page.next;
      }
    } catch (error) {
      this.failure = sentenceOf(error);
    } finally {
      this.isBusy = false;
    }
  }
}
