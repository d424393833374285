/** Lines made for tests. */

import type { MinuteFigures, Queue, SubjectFigures, WindowFigures } from "@ucc/wire";
import type { Line } from "./figures";

export const WINDOW: WindowFigures = {
  arrived: 0,
  served: 0,
  in_target: 0,
  abandoned: 0,
  abandoned_early: 0,
  served_wait_ms: 0,
  handled: 0,
  handled_ms: 0,
  busy_ms: 0,
  staffed_ms: 0,
  service_levels: {
    of_arrived: null,
    of_served: null,
    without_early_abandoned: null,
    early_abandoned_as_met: null,
  },
  asa_ms: null,
  aht_ms: null,
  occupancy: null,
  abandon_rate: null,
};

/** Returns a line of a queue nobody knows more of. */
export function line(
  name: string,
  change: Partial<SubjectFigures> = {},
  day: Partial<WindowFigures> = {},
): Line {
  const figures: SubjectFigures = {
    kind: "queue",
    id: 1,
    name,
    at_ms: 10_000,
    midnight_ms: 0,
    waiting: 0,
    longest_wait_ms: null,
    on_queue: 0,
    free: 0,
    day: { ...WINDOW, ...day },
    recent: WINDOW,
    minutes: [],
    ...change,
  };
  return { id: 1, name, figures, queue: undefined };
}

/** Returns a queue that is open and staffed and promises 80 % in 20 s. */
export function queue(change: Partial<Queue> = {}): Queue {
  return {
    is_active: true,
    is_open: true,
    staffed: 1,
    waiting: 0,
    answer_s: 20,
    answer_percent: 80,
    distribution: {},
    ...change,
  } as Queue;
}

/** Returns a minute in which nothing was. */
export function minute(start_ms: number, change: Partial<MinuteFigures> = {}): MinuteFigures {
  return {
    start_ms,
    waiting: 0,
    longest_wait_ms: null,
    on_queue: 0,
    free: 0,
    arrived: 0,
    served: 0,
    in_target: 0,
    abandoned: 0,
    ...change,
  };
}
