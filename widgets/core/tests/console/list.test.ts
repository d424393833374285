import type { Conversation } from "@ucc/wire";
import { describe, expect, test } from "vitest";
import type { Api } from "../../src/console/api";
import { ConversationList } from "../../src/console/list";
import { aConversation, added } from "./made";

function listOf(pages: () => Conversation[][]): ConversationList {
  const conversations = async ({ cursor }: { cursor?: string | null }) => {
    const at = Number(cursor ?? 0);
    const all = pages();
    return { items: all[at] ?? [], next: at + 1 < all.length ? String(at + 1) : null };
  };
  return new ConversationList({ conversations } as unknown as Api, "mine", 7);
}

const ids = (list: ConversationList): number[] => list.state.get().rows.map((row) => row.id);
const waits = (id: number, due: number, more = {}): Conversation =>
  aConversation({ id, waiting_since_ms: 1, due_at_ms: due, ...more });

describe("a list", () => {
  test("shows the server's rows by next deadline", async () => {
    const list = listOf(() => [[waits(1, 300), waits(2, 100), aConversation({ id: 3 })]]);
    await list.refresh();
    expect(ids(list)).toEqual([2, 1, 3]);
    expect(list.state.get().status).toBe("ready");
  });

  test("under a hand rows stay, those that left are marked, and the chip counts", async () => {
    let rows = [waits(1, 100), waits(2, 200)];
    const list = listOf(() => [rows]);
    await list.refresh();
    list.setHeld(true);
    rows = [waits(3, 50), waits(2, 200)];
    await list.refresh();
    expect(ids(list)).toEqual([1, 2]);
    expect([...list.state.get().gone]).toEqual([1]);
    expect(list.state.get().moved).toBeGreaterThan(0);
    list.setHeld(false);
    expect(ids(list)).toEqual([3, 2]);
    expect(list.state.get().moved).toBe(0);
  });

  test("the chip applies the order while the hand stays", async () => {
    let rows = [waits(1, 100), waits(2, 200)];
    const list = listOf(() => [rows]);
    await list.refresh();
    list.setHeld(true);
    rows = [waits(1, 300), waits(2, 200)];
    await list.refresh();
    list.applyOrder();
    expect(ids(list)).toEqual([2, 1]);
  });

  test("an event that overtook the answer is not undone by it", async () => {
    const list = listOf(() => [[aConversation({ id: 1, head_seq: 4 })]]);
    await list.refresh();
    list.take(added({ seq: 5, text: "newer" }));
    await list.refresh();
    expect(list.get(1)).toMatchObject({ head_seq: 5, last_text: "newer" });
  });

  test("further pages are kept when it is asked again", async () => {
    const list = listOf(() => [[waits(1, 1)], [waits(2, 2)], [waits(3, 3)]]);
    await list.refresh();
    expect(list.state.get().has_more).toBe(true);
    await list.more();
    expect(ids(list)).toEqual([1, 2]);
    await list.refresh();
    expect(ids(list)).toEqual([1, 2]);
  });

  test("another view empties the list at once and ignores the late answer of the old one", async () => {
    let answer: (page: unknown) => void = () => {};
    const late = new Promise((resolve) => {
      answer = resolve;
    });
    const asked: string[] = [];
    const api = {
      conversations: ({ view }: { view: string }) => {
        asked.push(view);
        return view === "mine" ? late : Promise.resolve({ items: [waits(9, 1)], next: null });
      },
    };
    const list = new ConversationList(api as unknown as Api, "mine", 7);
    const first = list.refresh();
    list.choose({ view: "all" });
    answer({ items: [waits(1, 1)], next: null });
    await first;
    await list.refresh();
    expect(asked.at(-1)).toBe("all");
    expect(ids(list)).toEqual([9]);
  });
});
