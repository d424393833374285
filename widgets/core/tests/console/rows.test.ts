import type { AnyEvent, BondedWork, Conversation, Interaction } from "@ucc/wire";
import { describe, expect, test } from "vitest";
import { titleOf, turnedToDanger, wordFor } from "../../src/console/alerts";
import {
  compareRows,
  countMoved,
  GROUP_PX,
  layoutRows,
  ROW_PX,
  rowAfter,
  settleOrder,
  windowOf,
  wrapUpOf,
} from "../../src/console/rows";
import { slaOf } from "../../src/console/sla";
import { aConversation, added, anInteraction, randomOf } from "./made";

const ME = 7;

function order(rows: readonly Conversation[]): number[] {
  return [...rows].sort(compareRows("deadline", ME)).map((row) => row.id);
}

describe("a row", () => {
  const row = aConversation({ id: 1, head_seq: 4, unread: 1, waiting_since_ms: 500, due_at_ms: 900 });

  test("a contact's message raises unread and keeps the first waiting time", () => {
    const after = rowAfter(row, added({ seq: 5, text: "still there?" }));
    expect(after).toMatchObject({ head_seq: 5, unread: 2, waiting_since_ms: 500, last_text: "still there?" });
  });

  test("keeps the reader's wrap-up beside the work of whoever it was handed to", () => {
    const handed = { ...row, interaction: anInteraction({ id: 51, agent_id: 8 }), due_at_ms: null };
    const wrapping = anInteraction({ id: 50, agent_id: ME, state: "wrapping", wrap_up_until_ms: 60 });
    const told = (interaction: Interaction) => ({ type: "interaction_changed", interaction }) as const;
    const after = rowAfter(handed, told(wrapping));
    expect(after.interaction?.id).toBe(51);
    expect(wrapUpOf(after, ME)).toMatchObject({ interaction_id: 50, until_ms: 60 });
    expect(wrapUpOf(after, 8)).toBeNull();
    expect(order([aConversation({ id: 2, waiting_since_ms: 1, due_at_ms: 61 }), after])).toEqual([1, 2]);
    const longer = rowAfter(after, told({ ...wrapping, wrap_up_until_ms: 120 }));
    expect(longer.wrap_ups).toMatchObject([{ interaction_id: 50, until_ms: 120 }]);
    const closed = rowAfter(longer, told({ ...wrapping, state: "closed" }));
    expect(wrapUpOf(closed, ME)).toBeNull();
    expect(rowAfter(closed, told({ ...wrapping, state: "closed" }))).toBe(closed);
  });

  test("a consult or a seat never takes the place of the contact's work", () => {
    const held = { ...row, interaction: anInteraction({ id: 50 }) };
    const consult = anInteraction({ id: 51, parent_id: 50, agent_id: 8, bond: "consult" });
    expect(rowAfter(held, { type: "interaction_changed", interaction: consult })).toBe(held);
    const handed = rowAfter(held, { type: "interaction_changed", interaction: { ...consult, bond: null } });
    expect(handed.interaction?.id).toBe(51);
  });

  test("the same message again changes nothing", () => {
    const after = rowAfter(row, added({ seq: 5 }));
    expect(rowAfter(after, added({ seq: 5 }))).toBe(after);
  });

  test("an agent's message ends the waiting, a note does not", () => {
    const reply = rowAfter(row, added({ seq: 5, author: "agent" }));
    expect(reply).toMatchObject({ unread: 0, waiting_since_ms: null, due_at_ms: null });
    const note = rowAfter(row, added({ seq: 5, author: "agent", kind: "note" }));
    expect(note).toMatchObject({ head_seq: 5, unread: 1, waiting_since_ms: 500 });
  });

  test("an older head of the same conversation is ignored, a newer one replaces", () => {
    const head = (head_seq: number): AnyEvent => ({
      type: "conversation_changed",
      conversation: aConversation({ id: 1, head_seq, contact_name: "new" }),
    });
    expect(rowAfter(row, head(3))).toBe(row);
    expect(rowAfter(row, head(4)).contact_name).toBe("new");
  });

  test("watermarks only grow", () => {
    const receipt: AnyEvent = {
      type: "receipt_moved",
      conversation_id: 1,
      contact_read_seq: 2,
      contact_delivered_seq: 3,
      agent_read_seq: 0,
    };
    const after = rowAfter(
      { ...row, contact_read_seq: 3, contact_delivered_seq: 3, agent_read_seq: 1 },
      receipt,
    );
    expect(after).toMatchObject({ contact_read_seq: 3, contact_delivered_seq: 3, agent_read_seq: 1 });
  });
});

describe("the order", () => {
  test("who waits comes first by deadline, then the others by last activity", () => {
    const rows = [
      aConversation({ id: 1, last_at_ms: 50 }),
      aConversation({ id: 2, waiting_since_ms: 10, due_at_ms: 900 }),
      aConversation({ id: 3, waiting_since_ms: 20, due_at_ms: 400 }),
      aConversation({ id: 4, last_at_ms: 70 }),
      aConversation({ id: 5, waiting_since_ms: 5, due_at_ms: null }),
      aConversation({ id: 6, interaction: anInteraction({ state: "wrapping", wrap_up_until_ms: 600 }) }),
    ];
    expect(order(rows)).toEqual([3, 6, 2, 5, 4, 1]);
  });

  test.each([
    [[1, 2, 3], [1, 2, 3], 0],
    [[1, 2, 3], [3, 1, 2], 1],
    [[1, 2, 3, 4], [4, 3, 2, 1], 3],
    [[1, 2], [1, 2, 9], 1],
    [[1, 2, 3], [1, 3], 1],
  ])("from %j to %j the fewest moves are %i", (shown, wanted, moved) => {
    expect(countMoved(shown, wanted)).toBe(moved);
  });

  test("rows never move while a hand is on the list", () => {
    const random = randomOf(7);
    let state = settleOrder({ shown: [], moved: 0 }, [1, 2, 3, 4, 5], true);
    const first = state.shown;
    for (let step = 0; step < 50; step += 1) {
      const wanted = [1, 2, 3, 4, 5, 6].filter(() => random() < 0.9).sort(() => random() - 0.5);
      state = settleOrder(state, wanted, true);
      expect(state.shown).toEqual(first);
    }
    state = settleOrder(state, [5, 4], false);
    expect(state).toEqual({ shown: [5, 4], moved: 0 });
  });

  test("groups have heads, and a window holds what it can show", () => {
    const rows = [
      aConversation({ id: 1, waiting_since_ms: 1 }),
      ...Array.from({ length: 200 }, (_, index) => aConversation({ id: index + 2 })),
    ];
    const items = layoutRows(rows, true, ME);
    expect(items.slice(0, 3).map((item) => [item.group, item.count, item.top])).toEqual([
      ["waiting_for_you", 1, 0],
      [null, 0, GROUP_PX],
      ["waiting_on_contact", 200, GROUP_PX + ROW_PX],
    ]);
    const seen = windowOf(items, 5_000, 640, 0);
    expect(seen.length).toBeLessThan(14);
    expect(seen[0]?.top).toBeLessThanOrEqual(5_000);
  });
});

describe("the clock", () => {
  const row = aConversation({ id: 1, waiting_since_ms: 0, due_at_ms: 100_000, target_s: 100 });

  test.each([
    [0, "calm"],
    [49_999, "calm"],
    [50_000, "warn"],
    [79_999, "warn"],
    [80_000, "danger"],
    [100_000, "breached"],
  ] as const)("after %i ms of 100 s it is %s", (now, level) => {
    expect(slaOf(row, now)?.level).toBe(level);
  });

  test("no clock runs when nobody waits", () => {
    expect(slaOf(aConversation({ id: 1 }), 0)).toBeNull();
  });

  test("a broken promise of another clock is told until its work is over, and never before danger", () => {
    const resolution = { clock: "resolution", kind: "breached", at_ms: 10 } as const;
    const active = aConversation({
      id: 1,
      sla_alerts: [resolution],
      interaction: anInteraction({ state: "active" }),
    });
    expect(slaOf(active, 30)).toEqual({ level: "breached", left_ms: -20, left: 0, broken: "resolution" });
    expect(slaOf({ ...active, interaction: anInteraction({ state: "closed" }) }, 30)).toBeNull();
    const waits = { ...row, sla_alerts: [resolution], interaction: active.interaction };
    expect(slaOf(waits, 0)?.broken).toBe("resolution");
    expect(slaOf(waits, 80_000)).toEqual(slaOf(row, 80_000));
  });

  test("a warning makes the ring warn, until somebody has written", () => {
    const warned = [{ clock: "next_response", kind: "warned", at_ms: 5 } as const];
    expect(slaOf({ ...row, sla_alerts: warned }, 0)?.level).toBe("warn");
    const again = { ...row, waiting_since_ms: 6, due_at_ms: 100_006, sla_alerts: warned };
    expect(slaOf(again, 6)?.level).toBe("calm");
  });

  test("danger is told once, and not for what was in danger when first seen", () => {
    const known = new Map();
    const late = aConversation({ id: 2, waiting_since_ms: 0, due_at_ms: 10, target_s: 100 });
    expect(turnedToDanger([row, late], known, 70_000)).toEqual([]);
    expect(turnedToDanger([row, late], known, 80_000)).toEqual([row]);
    expect(turnedToDanger([row, late], known, 90_000)).toEqual([]);
  });

  test("the title counts what is unseen and names the first", () => {
    const says = (name: string) => `${name} is waiting`;
    expect(titleOf([], "Desk · UCC", says)).toBe("Desk · UCC");
    const unseen = [
      { key: "1", name: "李娜" },
      { key: "2", name: "Ann" },
    ];
    expect(titleOf(unseen, "Desk · UCC", says)).toBe("(2) 李娜 is waiting");
  });
});

describe("what is meant for an agent", () => {
  const asked = { interaction_id: 51, bond: "consult", state: "active", agent_id: 8 } as BondedWork;

  test("is a contact's message, and a colleague's note where advice is given", () => {
    const plain = aConversation({ id: 1 });
    const advised = { ...plain, bonded: [asked] };
    const note = { seq: 5, author: "agent", kind: "note", user_id: 8 } as const;
    expect(wordFor(added({ seq: 5 }), ME, undefined)?.seq).toBe(5);
    expect(wordFor(added({ seq: 5, author: "agent" }), ME, advised)).toBeNull();
    expect(wordFor(added(note), ME, plain)).toBeNull();
    expect(wordFor(added(note), ME, advised)?.seq).toBe(5);
    expect(wordFor(added({ ...note, user_id: ME }), ME, advised)).toBeNull();
  });
});
