import "fake-indexeddb/auto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { indexedOutbox, memoryOutbox, type Outbox, UNSENT_MAX } from "../src/outbox";

interface Note {
  readonly client_id: string;
  readonly at_ms: number;
  readonly text?: string;
}

const ids = async (outbox: Outbox<Note>): Promise<string[]> =>
  (await outbox.list()).map((one) => one.client_id);

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ["IndexedDB", () => indexedOutbox<Note>(crypto.randomUUID())],
  ["memory", () => memoryOutbox<Note>()],
])("an outbox in %s", (_, make) => {
  it("gives back what was put, oldest first, until it is removed", async () => {
    const outbox = make();
    await outbox.put({ client_id: "b", at_ms: 2 });
    await outbox.put({ client_id: "a", at_ms: 1 });
    expect(await ids(outbox)).toEqual(["a", "b"]);
    await outbox.remove("a");
    await outbox.remove("a");
    expect(await ids(outbox)).toEqual(["b"]);
  });

  it("keeps one of each client id, the last that was put", async () => {
    const outbox = make();
    await outbox.put({ client_id: "a", at_ms: 1, text: "first" });
    await outbox.put({ client_id: "a", at_ms: 1, text: "second" });
    expect(await outbox.list()).toEqual([{ client_id: "a", at_ms: 1, text: "second" }]);
  });
});

it("survives the page: another opening of the same name has it", async () => {
  await indexedOutbox<Note>("shared").put({ client_id: "a", at_ms: 1 });
  expect(await ids(indexedOutbox<Note>("shared"))).toEqual(["a"]);
});

it("opens nothing before its first use", () => {
  const open = vi.spyOn(indexedDB, "open");
  indexedOutbox<Note>("untouched");
  expect(open).not.toHaveBeenCalled();
});

it("does with memory where the browser has no storage to give", async () => {
  vi.stubGlobal("indexedDB", undefined);
  const outbox = indexedOutbox<Note>("none");
  await outbox.put({ client_id: "a", at_ms: 1 });
  expect(await ids(outbox)).toEqual(["a"]);
});

it("refuses more than its limit and says so, but changes what it has", async () => {
  const outbox = indexedOutbox<Note>("full");
  for (let n = 0; n < UNSENT_MAX; n += 1) await outbox.put({ client_id: `${n}`, at_ms: n });
  await expect(outbox.put({ client_id: "more", at_ms: 99 })).rejects.toThrow(`limit ${UNSENT_MAX}`);
  await outbox.put({ client_id: "0", at_ms: 0, text: "changed" });
  expect(await outbox.list()).toHaveLength(UNSENT_MAX);
});
