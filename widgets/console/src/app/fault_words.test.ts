import { expect, it } from "vitest";
import { overwriteGetLocale } from "../paraglide/runtime";
import { faultWords } from "./fault_words";
import { faultsOf } from "./faults";

const words = (told: string): string[] => faultsOf(told).map(faultWords);
const LINES = [
  "edits.queues[0].relaxation[1].after_s: found 20, allowed is a whole number from 31 to 86400",
  "edits.queues[0].reserve: found 5000, allowed is a whole number from 0 to 1000",
  "edits.queues[0].overflow.queue_id: found None, allowed is a queue to overflow to, or an exit beside it",
  "edits.queues[1].overflow.queue_id: found 'A → B → A', allowed is a chain that ends",
  "edits.added[0].until_time: found '08:00', allowed is later than 09:00",
  "assumed.patience_s: found 0, allowed is a whole number from 1 to 86400",
  "like[0]: found 2020-02-07, allowed is a day the journal holds: 2026-11-24 or later, until today",
];

it("tells what was found and what is allowed in English", () => {
  overwriteGetLocale(() => "en");
  expect(words(LINES.join("; "))).toEqual([
    "Step 2 · Relax after: found 20 s, allowed is 31 s to 24 h",
    "Reserve: found 5,000, allowed is 0 to 1,000",
    "Overflow to: found nothing, allowed is a queue to overflow to, or an exit",
    "Overflow to: found A → B → A, allowed is overflow that does not come back",
    "Until: found 08:00, allowed is later than 09:00",
    "Mean patience: found 0 s, allowed is 1 s to 24 h",
    "Days like it: found 2020-02-07, allowed is a recorded day: 2026-11-24 or later, until today",
  ]);
});

it("tells it in Chinese without an English word", () => {
  overwriteGetLocale(() => "zh-CN");
  for (const line of words(LINES.join("; "))) expect(line).not.toMatch(/[a-z]{2}/u);
});

it("keeps a rule it has no words for as the server tells it", () => {
  overwriteGetLocale(() => "en");
  expect(words("edits.queues[0].condition.of[0]: found x, allowed is something new")).toEqual([
    "Condition: found x, allowed is something new",
  ]);
});
