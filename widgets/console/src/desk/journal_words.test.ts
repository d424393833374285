import type { JournalLine } from "@ucc/wire";
import { expect, it } from "vitest";
import { factWords } from "./journal_words";

const names = { agent: (id: number) => `Agent ${id}`, queue: (id: number) => `Queue ${id}` };
const line = (fact: string, detail: JournalLine["detail"]): JournalLine => ({
  seq: 1,
  at_ms: 0,
  fact,
  detail,
});

it("names people and queues", () => {
  expect(factWords(line("interaction_queued", { queue: 4 }), names)).toBe("Queued in Queue 4");
  expect(
    factWords(line("interaction_overflowed", { from_queue: 4, to_queue: 5, reason: "waited" }), names),
  ).toBe("Overflowed to Queue 5: waited long enough");
  expect(factWords(line("offer_accepted", { agent: 7 }), names)).toBe("Agent 7 accepted");
});

it("tells spans and reasons, and an agent's own reason as it was typed", () => {
  expect(factWords(line("sla_breached", { queue: 4, target_ms: 30_000 }), names)).toBe(
    "The answer promised within 0:30 was missed",
  );
  expect(factWords(line("offer_declined", { agent: 7, reason: "Lunch" }), names)).toBe(
    "Agent 7 declined: Lunch",
  );
  expect(factWords(line("offer_declined", { agent: 7, reason: null }), names)).toBe("Agent 7 declined");
});

it("keeps the word of a fact nobody has named", () => {
  expect(factWords(line("something_new", {}), names)).toBe("something_new");
});
