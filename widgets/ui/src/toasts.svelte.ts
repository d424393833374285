/** The toasts on the screen: what was done, for 6 s, with a way back. */
import type { IconName } from "./icons";

/** One toast. */
export interface Toast {
  id: number;
  text: string;
  icon: IconName;
  isDanger: boolean;
  /** Takes back what the toast tells. */
  undo: (() => void) | undefined;
}

const SHOW_MS = 6000;
const SHOWN_MAX = 3;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Tell what was done; `undo` adds the way back. */
  show(text: string, options: { undo?: () => void; icon?: IconName; isDanger?: boolean } = {}): void {
    const isDanger = options.isDanger ?? false;
    const icon = options.icon ?? (isDanger ? "alert" : "check");
    const toast: Toast = { id: this.#next++, text, icon, isDanger, undo: options.undo };
    this.list = [...this.list, toast].slice(-SHOWN_MAX);
    this.resume(toast.id);
  }

  /** Tell what went wrong. */
  fail(text: string): void {
    this.show(text, { isDanger: true });
  }

  /** Keep a toast while the pointer or the focus is on it. */
  pause(id: number): void {
    clearTimeout(this.#timers.get(id));
  }

  /** Let the time run again. */
  resume(id: number): void {
    this.pause(id);
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), SHOW_MS),
    );
  }

  /** Take a toast off the screen. */
  dismiss(id: number): void {
    this.pause(id);
    this.#timers.delete(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

/** The one list of toasts. */
export const toasts = new Toasts();
