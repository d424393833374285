import type { Entry } from "@ucc/wire";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Asker } from "../../src/console/asker";
import { Drafts, SAVE_AFTER_MS } from "../../src/console/drafts";
import { Offline, Problem } from "../../src/console/http";
import { Outbox, RETRY_MS } from "../../src/console/outbox";
import type { Pending } from "../../src/console/thread";
import { anEntry } from "./made";

class Memory {
  private readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
}

const hello = { kind: "message", text: "hello", attachments: [], mentions: [] } as const;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the outbox", () => {
  function outbox(write: (one: Pending) => Promise<Entry>, keep = new Memory()) {
    const stored: Entry[] = [];
    const box = new Outbox({ write, onStored: (entry) => stored.push(entry), keep, keepKey: "box" });
    return { box, stored, keep };
  }
  const states = (box: Outbox) => box.pending.get().map((one) => [one.text, one.state]);

  test("an entry stands at once and goes when it is stored", async () => {
    const { box, stored } = outbox(async (one) => anEntry({ seq: 1, client_id: one.client_id }));
    box.send(1, hello);
    expect(states(box)).toEqual([["hello", "sending"]]);
    await vi.runAllTimersAsync();
    expect(states(box)).toEqual([]);
    expect(stored).toHaveLength(1);
  });

  test("without a connection it waits, in order, and is sent under the same client id", async () => {
    let isUp = false;
    const tried: string[] = [];
    const written: string[] = [];
    const { box } = outbox(async (one) => {
      tried.push(one.client_id);
      if (!isUp) throw new Offline("down");
      written.push(one.text);
      return anEntry({ seq: written.length });
    });
    const id = box.send(1, { ...hello, text: "first" });
    box.send(1, { ...hello, text: "second" });
    await vi.advanceTimersByTimeAsync(1);
    expect(states(box)).toEqual([
      ["first", "waiting"],
      ["second", "sending"],
    ]);
    isUp = true;
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(written).toEqual(["first", "second"]);
    expect(tried.slice(0, 2)).toEqual([id, id]);
  });

  test("a refusal fails with the server's sentence, does not hold up the next, and can be tried again", async () => {
    let isAllowed = false;
    const { box } = outbox(async (one) => {
      if (one.text === "bad" && !isAllowed) throw new Problem(422, "bad_input", "text is too long");
      return anEntry({ seq: 1 });
    });
    const id = box.send(1, { ...hello, text: "bad" });
    box.send(1, { ...hello, text: "good" });
    await vi.advanceTimersByTimeAsync(1);
    expect(box.pending.get()).toMatchObject([{ text: "bad", state: "failed", reason: "text is too long" }]);
    isAllowed = true;
    box.retry(id ?? "");
    await vi.advanceTimersByTimeAsync(1);
    expect(states(box)).toEqual([]);
  });

  test("what was not sent survives a reload and is sent then", async () => {
    const { keep } = (() => {
      const made = outbox(async () => {
        throw new Offline("down");
      });
      made.box.send(1, hello);
      return made;
    })();
    await vi.advanceTimersByTimeAsync(1);
    const written: string[] = [];
    const { box } = outbox(async (one) => {
      written.push(one.text);
      return anEntry({ seq: 1 });
    }, keep);
    expect(states(box)).toEqual([["hello", "waiting"]]);
    box.flush();
    await vi.advanceTimersByTimeAsync(1);
    expect(written).toEqual(["hello"]);
  });

  test("the stream's confirmation removes it even if the answer was lost", async () => {
    const { box } = outbox(() => new Promise(() => {}));
    const id = box.send(1, hello);
    box.confirm(id);
    expect(states(box)).toEqual([]);
  });
});

describe("drafts", () => {
  function drafts(onServer: { kind: string; text: string }[] = []) {
    const saved: [number, string, string][] = [];
    const loaded: number[] = [];
    const made = new Drafts({
      load: async () => onServer,
      save: async (id, kind, text) => saved.push([id, kind, text]),
      onLoaded: (id) => loaded.push(id),
    });
    return { made, saved, loaded };
  }

  test("typing is saved once the hand rests", async () => {
    const { made, saved } = drafts();
    made.set(1, "message", "he");
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS - 1);
    made.set(1, "message", "hello");
    await vi.advanceTimersByTimeAsync(SAVE_AFTER_MS);
    expect(saved).toEqual([[1, "message", "hello"]]);
  });

  test("what was typed here wins over what the server had", async () => {
    const { made } = drafts([
      { kind: "message", text: "old" },
      { kind: "note", text: "kept" },
    ]);
    made.set(1, "message", "new");
    await made.load(1);
    expect(made.get(1, "message")).toBe("new");
    expect(made.get(1, "note")).toBe("kept");
  });

  test("leaving saves at once, sending empties at once", async () => {
    const { made, saved } = drafts();
    made.set(1, "note", "half");
    made.flush();
    made.clear(1, "note");
    await vi.advanceTimersByTimeAsync(0);
    expect(saved).toEqual([
      [1, "note", "half"],
      [1, "note", ""],
    ]);
  });
});

describe("asking again", () => {
  test("a wish during an answer asks once more after it, many wishes once", async () => {
    let asked = 0;
    let answer: () => void = () => {};
    const asker = new Asker(() => {
      asked += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    void asker.now();
    asker.soon();
    asker.soon();
    expect(asked).toBe(1);
    answer();
    await vi.runAllTimersAsync();
    expect(asked).toBe(2);
  });

  test("an outage is asked again later, a refusal is not", async () => {
    let asked = 0;
    const asker = new Asker(async () => {
      asked += 1;
      if (asked === 1) throw new Offline("down");
      throw new Problem(403, "not_allowed", "no");
    });
    await asker.now();
    await vi.runAllTimersAsync();
    expect(asked).toBe(2);
  });
});
