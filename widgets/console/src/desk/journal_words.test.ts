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

it("tells consults, conferences, holds and flows", () => {
  const asked = { queue: 4, originator: 7, named_agent: 8, consult_until_ms: 20_000 };
  expect(factWords(line("interaction_queued", asked), names)).toBe("Agent 7 asked Agent 8 for advice");
  expect(factWords(line("interaction_queued", { ...asked, named_agent: null }), names)).toBe(
    "Agent 7 asked Queue 4 for advice",
  );
  expect(factWords(line("conference_joined", { agent: 8, child: 9 }), names)).toBe(
    "Agent 8 joined the contact: a conference",
  );
  expect(factWords(line("consult_completed", { agent: 8, child: 9 }), names)).toBe(
    "Agent 8, who was asked, has the contact now",
  );
  const named = { agent: 8, cause: "handed_over", previous_agent: 7 };
  expect(factWords(line("interaction_activated", named), names)).toBe(
    "Agent 8 is the owner of the conference now",
  );
  expect(factWords(line("interaction_closed", { agent: 8, reason: "seat_left" }), names)).toBe(
    "Closed: left the conference",
  );
  expect(factWords(line("call_held", { agent: 7 }), names)).toBe("Agent 7 put the contact on hold");
  expect(factWords(line("flow_returned", { agent: 7, reason: "timed_out" }), names)).toBe(
    "The contact came back to Agent 7: its time was over",
  );
});

it("tells how a callback was dialled", () => {
  const told = [
    line("connecting_started", { agent: 7, tries: 1, tries_max: 3 }),
    line("connecting_failed", { agent: 7, reason: "failed" }),
    line("interaction_scheduled", { queue: 4, due_ms: 0 }),
    line("interaction_requeued", { queue: 4, reason: "due" }),
    line("interaction_failed", { queue: 4, reason: "unreached" }),
    line("interaction_cancelled", { reason: "contact_called" }),
  ];
  expect(told.map((one) => factWords(one, names))).toEqual([
    "Agent 7 is connecting",
    "Agent 7 did not connect: nobody answered",
    "Scheduled, in its old place",
    expect.stringMatching(/: it is due$/u),
    "Failed: not reached",
    expect.stringMatching(/: the contact called$/u),
  ]);
});

it("keeps the word of a fact nobody has named", () => {
  expect(factWords(line("something_new", {}), names)).toBe("something_new");
});
