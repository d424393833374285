import type { BondedWork, Conversation, Interaction } from "@ucc/wire";
import { expect, it, vi } from "vitest";
import { standingOf } from "./standing";
import { bondedWords, callbackWords, stateWords } from "./words";

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

function callback(fields: Partial<Interaction>): Conversation {
  const interaction = { id: 50, agent_id: null, exit: "callback", tries: 0, tries_max: 3, ...fields };
  return { id: 1, agent_name: "Mei", state: "open", interaction, bonded: [] } as unknown as Conversation;
}

it("lets only who dials say what came of it, and nobody answer before", () => {
  const dialling = callback({ state: "connecting", agent_id: MEI, tries: 2 });
  const mine = standingOf(dialling, MEI);
  expect([mine.isDialling, mine.isActive, mine.isWaiting]).toEqual([true, false, false]);
  expect(standingOf(dialling, TOM).isDialling).toBe(false);
  expect(standingOf(callback({ state: "scheduled" }), MEI).isWaiting).toBe(true);
});

it("tells which try it is, when the next is due, and how often it was in vain", () => {
  vi.stubGlobal("navigator", { languages: ["en-GB"] });
  const at = new Date(2026, 10, 30, 15, 30).getTime();
  const words = (fields: Partial<Interaction>, me = MEI): string => {
    const row = callback(fields);
    return callbackWords(row, row.interaction as Interaction, me, at);
  };
  expect(words({ state: "connecting", agent_id: MEI, tries: 2 })).toBe("Call them now: try 2 of 3");
  expect(words({ state: "connecting", agent_id: MEI, tries: 2 }, TOM)).toContain("Mei calls them back.");
  expect(words({ state: "scheduled", tries: 2, until_ms: at })).toMatch(
    /^Not reached 2 times, next call at .*30/u,
  );
  expect(words({ state: "scheduled", until_ms: at + 86_400_000 })).toMatch(
    /^Callback wanted at .*1.*, .*30/u,
  );
  expect(words({ state: "queued", tries: 1 })).toBe("Callback: not reached once");
  expect(words({ state: "queued" })).toBe("Callback asked for");
  expect(stateWords(callback({ state: "connecting", tries: 1 }), at)).toBe("dialling");
  expect(stateWords(callback({ state: "connecting" }), at)).toBe("connecting");
});
