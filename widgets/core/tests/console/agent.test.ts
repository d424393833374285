import type { AnyEvent } from "@ucc/wire";
import { describe, expect, test } from "vitest";
import { AGENT_EMPTY, agentAfter, answered, withOffers, withoutStaleOffers } from "../../src/console/agent";
import { shortcutOf } from "../../src/console/keys";
import { countBlanks, matchTemplates, nextBlank, triggerAt } from "../../src/console/templates";
import { anEntry, anInteraction, anOffer } from "./made";

const ME = 7;
const rings = (fields = {}): AnyEvent => ({ type: "interaction_offered", offer: anOffer(fields) });
const ends = (fields = {}): AnyEvent => ({
  type: "offer_ended",
  offer: anOffer({ state: "timed_out", ...fields }),
});

describe("offers of an agent", () => {
  test("the oldest stands on top", () => {
    const state = [
      rings({ interaction_id: 2, offered_at_ms: 20 }),
      rings({ interaction_id: 1, offered_at_ms: 10 }),
    ];
    const { offers } = state.reduce((old, event) => agentAfter(old, event, ME), AGENT_EMPTY);
    expect(offers.map((offer) => offer.interaction_id)).toEqual([1, 2]);
  });

  test("an offer that ended rings no more, whatever comes late or twice", () => {
    let state = agentAfter(AGENT_EMPTY, rings(), ME);
    state = agentAfter(state, rings(), ME);
    expect(state.offers).toHaveLength(1);
    state = agentAfter(state, ends(), ME);
    state = agentAfter(state, rings(), ME);
    expect(state.offers).toHaveLength(0);
    expect(withOffers(state, [anOffer()]).offers).toHaveLength(0);
  });

  test("a later epoch of the same interaction rings again", () => {
    let state = agentAfter(agentAfter(AGENT_EMPTY, rings(), ME), ends(), ME);
    state = agentAfter(state, rings({ epoch: 2 }), ME);
    expect(state.offers.map((offer) => offer.epoch)).toEqual([2]);
  });

  test("the server's list silences what it lacks", () => {
    const state = agentAfter(AGENT_EMPTY, rings(), ME);
    expect(withOffers(state, []).offers).toEqual([]);
  });

  test("an answered offer goes at once, and one whose end was lost goes after its time", () => {
    const state = agentAfter(AGENT_EMPTY, rings(), ME);
    expect(answered(state, anOffer()).offers).toEqual([]);
    expect(withoutStaleOffers(state, 18_999).offers).toHaveLength(1);
    expect(withoutStaleOffers(state, 19_000).offers).toHaveLength(0);
  });

  test("work comes, changes and leaves", () => {
    const changed = (fields = {}): AnyEvent => ({
      type: "interaction_changed",
      interaction: anInteraction(fields),
    });
    let state = agentAfter(AGENT_EMPTY, changed(), ME);
    expect([...state.work.keys()]).toEqual([50]);
    state = agentAfter(state, changed({ state: "wrapping" }), ME);
    expect(state.work.get(50)?.state).toBe("wrapping");
    state = agentAfter(state, changed({ agent_id: 8 }), ME);
    expect(state.work.size).toBe(0);
  });

  test("a mention is kept once", () => {
    const named: AnyEvent = { type: "mentioned", entry: anEntry({ seq: 3, kind: "note" }) };
    const state = agentAfter(agentAfter(AGENT_EMPTY, named, ME), named, ME);
    expect(state.mentions).toHaveLength(1);
  });
});

describe("templates", () => {
  const template = (id: number, name: string, more = {}) => ({
    id,
    name,
    text: "",
    shortcut: "",
    locale: null,
    is_personal: false,
    initials: "",
    ...more,
  });
  const all = [
    template(1, "Greeting", { text: "Hello {{ contact.first_name }}", shortcut: "hi" }),
    template(2, "退货说明", { initials: "thsm" }),
    template(3, "Shipping", { text: "It is on its way" }),
  ];

  test.each([
    ["hi", [1, 3]],
    ["th", [2]],
    ["退货", [2]],
    ["way", [3]],
    ["nothing", []],
  ])("typing %j finds %j", (typed, ids) => {
    expect(matchTemplates(all, typed).map((one) => one.id)).toEqual(ids);
  });

  test("a sign opens the list only at the start of a word", () => {
    expect(triggerAt("/gr", 3, "/")).toMatchObject({ start: 0, query: "gr" });
    expect(triggerAt("well /th", 8, "/")).toMatchObject({ start: 5, query: "th" });
    expect(triggerAt("and/or", 6, "/")).toBeNull();
    expect(triggerAt("/two words", 10, "/")).toBeNull();
    expect(triggerAt("@Mei Li", 7, "@")).toMatchObject({ query: "Mei Li" });
  });

  test("Tab steps from blank to blank and round again", () => {
    const text = "Order [number] ships on ___.";
    expect(nextBlank(text, 0)).toEqual({ start: 6, end: 14 });
    expect(nextBlank(text, 14)).toEqual({ start: 24, end: 27 });
    expect(nextBlank(text, 27)).toEqual({ start: 6, end: 14 });
    expect(nextBlank("all filled in", 0)).toBeNull();
    expect(countBlanks(text)).toBe(2);
  });
});

describe("shortcuts", () => {
  const key = (code: string, more = {}) => ({
    code,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    isComposing: false,
    ...more,
  });

  test.each([
    [key("KeyJ", { altKey: true }), true, "next"],
    [key("KeyA", { altKey: true }), true, "accept"],
    [key("Enter", { ctrlKey: true }), true, "send"],
    [key("Enter", { metaKey: true }), true, "send"],
    [key("Enter", { ctrlKey: true, isComposing: true }), true, null],
    [key("Slash"), false, "template"],
    [key("Slash"), true, null],
    [key("KeyA", { altKey: true, ctrlKey: true }), true, null],
    [key("KeyJ"), false, null],
  ])("%j is %s-safe and means %s", (pressed, isTyping, shortcut) => {
    expect(shortcutOf(pressed, isTyping)).toBe(shortcut);
  });
});
