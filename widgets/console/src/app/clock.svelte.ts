/** The time of the screen: one tick a second for every timer, and none while nobody looks. */
import { createSubscriber } from "svelte/reactivity";

const TICK_MS = 1000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, TICK_MS);
  return () => clearInterval(timer);
});

/** Return the time now in ms; a template that reads it is drawn again every second. */
export function nowMs(): number {
  subscribe();
  return Date.now();
}
