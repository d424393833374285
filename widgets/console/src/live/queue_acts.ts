/** What pausing or resuming a queue will do, in words. Pure. */

import type { Queue } from "@ucc/wire";
import { m } from "../paraglide/messages";
import { standingOf } from "./figures";

export type QueueAct = "pause" | "resume";

/** Returns what will happen, a sentence each: to so many who wait, with the redirect queue if there is one. */
export function actSentences(act: QueueAct, count: number, target: Queue | undefined): string[] {
  if (act === "resume") return [count ? m.live_resume_waiting({ count }) : m.live_resume_text()];
  const sentences = [m.live_pause_text()];
  if (!target) return [...sentences, count ? m.live_pause_stay({ count }) : m.live_pause_stay_none()];
  sentences.push(
    count ? m.live_pause_go({ count, name: target.name }) : m.live_pause_go_none({ name: target.name }),
  );
  const standing = standingOf(target);
  if (standing !== "open") sentences.push(m.live_pause_nobody({ name: target.name }));
  return sentences;
}
