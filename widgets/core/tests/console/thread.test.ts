import { describe, expect, test } from "vitest";
import {
  emptyThread,
  hasOlder,
  leavesHole,
  type Pending,
  threadAfter,
  tickOf,
  unsent,
  withEntries,
  withoutStaleTypists,
} from "../../src/console/thread";
import { layoutThread } from "../../src/console/thread_layout";
import { aConversation, added, anEntry, randomOf } from "./made";

const ALL = Array.from({ length: 40 }, (_, index) => anEntry({ seq: index + 1 }));

function loaded(from: number, to: number) {
  return withEntries(emptyThread(1), ALL.slice(from - 1, to));
}

describe("a thread", () => {
  test("stale state and the events since are the fresh state", () => {
    const fresh = loaded(1, 40);
    for (let at = 1; at <= 40; at += 1) {
      const stale = loaded(1, at);
      const after = ALL.slice(at).reduce((old, entry) => threadAfter(old, added(entry), 0), stale);
      expect(after.entries).toEqual(fresh.entries);
    }
  });

  test("pages and events in any order leave no hole and no double", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomOf(seed);
      let thread = loaded(30, 32);
      for (let step = 0; step < 30; step += 1) {
        const first = 1 + Math.floor(random() * 38);
        const page = ALL.slice(first - 1, first + 4);
        thread =
          random() < 0.5
            ? withEntries(thread, page)
            : page.reduce((old, entry) => threadAfter(old, added(entry), 0), thread);
        const seqs = thread.entries.map((entry) => entry.seq);
        expect(seqs, `seed ${seed}`).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
      }
    }
  });

  test("an entry that does not follow on leaves a hole to be filled, not a wrong log", () => {
    const thread = loaded(1, 5);
    expect(leavesHole(thread, added({ seq: 7 }))).toBe(true);
    expect(threadAfter(thread, added({ seq: 7 }), 0).entries).toHaveLength(5);
    expect(leavesHole(thread, added({ seq: 6 }))).toBe(false);
  });

  test("older entries are known to exist by the first seq", () => {
    expect(hasOlder(loaded(20, 40))).toBe(true);
    expect(hasOlder(loaded(1, 40))).toBe(false);
    expect(hasOlder(withEntries(emptyThread(1), []))).toBe(false);
  });

  test("typing lasts 5 s and ends with the entry itself", () => {
    const typing = threadAfter(
      loaded(1, 1),
      { type: "typing_seen", conversation_id: 1, author: "contact", user_id: null, user_name: null },
      1_000,
    );
    expect(typing.typists.map((one) => one.key)).toEqual(["contact"]);
    expect(withoutStaleTypists(typing, 5_999).typists).toHaveLength(1);
    expect(withoutStaleTypists(typing, 6_000).typists).toHaveLength(0);
    expect(threadAfter(typing, added({ seq: 2 }), 2_000).typists).toHaveLength(0);
  });

  test("a pending entry goes when the stream brings its client id", () => {
    const pending = { client_id: "c-1", conversation_id: 1 } as Pending;
    const thread = loaded(1, 1);
    expect(unsent([pending], thread)).toEqual([pending]);
    const own = { seq: 2, author: "agent", user_id: 7, client_id: "c-1" } as const;
    expect(unsent([pending], threadAfter(thread, added(own), 0))).toEqual([]);
  });

  test.each([
    [0, 0, "sent"],
    [0, 3, "delivered"],
    [3, 3, "read"],
    [2, 2, "sent"],
  ] as const)("read %i and delivered %i make entry 3 %s", (read, delivered, tick) => {
    const row = aConversation({ id: 1, contact_read_seq: read, contact_delivered_seq: delivered });
    expect(tickOf(anEntry({ seq: 3 }), row)).toBe(tick);
  });
});

describe("the log", () => {
  const own = { author: "agent", user_id: 7, user_name: "Mei" } as const;

  function kinds(entries: readonly ReturnType<typeof anEntry>[], newAfter: number | null = null): string[] {
    const thread = { ...withEntries(emptyThread(1), entries), new_after_seq: newAfter };
    return layoutThread(thread, [], 7).map((item) =>
      item.kind === "group"
        ? `group ${item.bubbles.length}`
        : item.kind === "system"
          ? `system ${item.entries.length}`
          : item.kind,
    );
  }

  test("messages of one author within 60 s are one group", () => {
    const at = (seq: number, at_ms: number, who: object = {}) => anEntry({ seq, at_ms, ...who });
    expect(kinds([at(1, 0), at(2, 59_999), at(3, 119_999)])).toEqual(["day", "group 2", "group 1"]);
    expect(kinds([at(1, 0), at(2, 1_000, own), at(3, 2_000)])).toEqual([
      "day",
      "group 1",
      "group 1",
      "group 1",
    ]);
  });

  test("system lines in a row are one item to fold", () => {
    const system = (seq: number) => anEntry({ seq, kind: "system", author: "system" });
    expect(kinds([system(1), system(2), anEntry({ seq: 3 }), system(4)])).toEqual([
      "day",
      "system 2",
      "group 1",
      "system 1",
    ]);
  });

  test("the new line stands before the first unread entry and cuts no group in half unseen", () => {
    expect(kinds([anEntry({ seq: 1 }), anEntry({ seq: 2 })], 1)).toEqual([
      "day",
      "group 1",
      "new",
      "group 1",
    ]);
  });

  test("each day has its divider", () => {
    const day = 86_400_000;
    expect(kinds([anEntry({ seq: 1, at_ms: day * 100 }), anEntry({ seq: 2, at_ms: day * 102 })])).toEqual([
      "day",
      "group 1",
      "day",
      "group 1",
    ]);
  });

  test("a failed message stands at the end with its reason", () => {
    const failed: Pending = {
      client_id: "c",
      conversation_id: 1,
      kind: "message",
      text: "hello",
      attachments: [],
      mentions: [],
      at_ms: 2_000_000,
      state: "failed",
      reason: "text is 10001 characters, limit 10000",
    };
    const item = layoutThread(loaded(1, 2), [failed], 7).at(-1);
    expect(item).toMatchObject({ kind: "group", tick: "failed", pending: { reason: failed.reason } });
  });
});
