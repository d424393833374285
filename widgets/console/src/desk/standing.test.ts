import type { BondedWork, Conversation } from "@ucc/wire";
import { expect, it } from "vitest";
import { standingOf } from "./standing";
import { bondedWords } from "./words";

const MEI = 7;
const TOM = 8;

function beside(fields: Partial<BondedWork> = {}): BondedWork {
  return {
    interaction_id: 51,
    bond: "consult",
    state: "active",
    agent_id: TOM,
    agent_name: "Tom",
    queue_name: "Billing",
    asked_by: MEI,
    asked_by_name: "Mei",
    until_ms: null,
    since_ms: 0,
    ...fields,
  };
}

function chat(...bonded: BondedWork[]): Conversation {
  const interaction = { id: 50, agent_id: MEI, state: "active" };
  return { id: 1, agent_id: MEI, agent_name: "Mei", interaction, bonded } as unknown as Conversation;
}

it("lets whoever is asked write notes, and whoever is in the conference answer", () => {
  const asked = standingOf(chat(beside()), TOM);
  expect([asked.isMine, asked.isActive, asked.isAsked, asked.isSeated]).toEqual([false, false, true, false]);
  const seated = standingOf(chat(beside({ bond: "seat" })), TOM);
  expect([seated.isAsked, seated.isSeated]).toEqual([false, true]);
  expect(standingOf(chat(beside({ state: "offered" })), TOM).isAsked).toBe(false);
  expect(standingOf(chat(beside()), MEI).isActive).toBe(true);
});

it("tells who is in it as the reader stands to it", () => {
  const words = (one: BondedWork, me: number): string => bondedWords(one, chat(one), me);
  expect(words(beside(), MEI)).toBe("Tom advises you. The contact does not see it.");
  expect(words(beside(), TOM)).toContain("Mei asks for your advice");
  expect(words(beside(), 9)).toBe("Mei asks Tom for advice.");
  expect(words(beside({ bond: "seat" }), MEI)).toBe("Tom is in the chat with you.");
  expect(words(beside({ bond: "seat" }), TOM)).toContain("You are in the chat beside Mei");
  expect(words(beside({ bond: "seat" }), 9)).toBe("Tom is in the chat beside Mei.");
  const waits = beside({ state: "queued", agent_id: null, agent_name: null });
  expect(words(waits, MEI)).toBe("Asking Billing…");
});
