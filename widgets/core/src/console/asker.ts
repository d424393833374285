/** Asks for a list again when told, never twice at a time: a wish during an answer asks once more after it. */

import { Offline, Problem } from "./http";

export const ASK_GAP_MS = 400;
export const ASK_RETRY_MS = 5_000;

export class Asker {
  private readonly ask: () => Promise<void>;
  private readonly gapMs: number;
  private running: Promise<void> | null = null;
  private isWanted = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private doneAt = 0;

  constructor(ask: () => Promise<void>, gapMs: number = ASK_GAP_MS) {
    this.ask = ask;
    this.gapMs = gapMs;
  }

  /** Asks now; the promise ends when an answer newer than this call is in. */
  async now(): Promise<void> {
    if (this.running) {
      this.isWanted = true;
      await this.running;
      return this.running ?? undefined;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isWanted = false;
    this.running = this.run();
    return this.running;
  }

  /** Asks soon: many hints within the gap become one question. */
  soon(): void {
    if (this.running) this.isWanted = true;
    else if (this.timer === undefined) {
      const wait = Math.max(0, this.doneAt + this.gapMs - Date.now());
      this.timer = setTimeout(() => void this.now(), wait);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.isWanted = false;
  }

  private async run(): Promise<void> {
    try {
      await this.ask();
    } catch (error) {
      const isPassing = error instanceof Offline || (error instanceof Problem && error.isTemporary);
      if (!isPassing && !(error instanceof Problem)) throw error;
      if (isPassing) this.timer = setTimeout(() => void this.now(), ASK_RETRY_MS);
    } finally {
      this.running = null;
      this.doneAt = Date.now();
      if (this.isWanted) {
        this.isWanted = false;
        this.soon();
      }
    }
  }
}
