import { describe, expect, test, vi } from "vitest";
import { PreferenceKeeper, preferredOf } from "../../src/console/preferences";
import {
  isNarrow,
  isSameNarrowing,
  SAVED_NAME_CHARACTERS,
  SAVED_VIEWS_MAX,
  savedViewsOf,
  WIDE,
  withoutView,
  withView,
} from "../../src/console/saved_views";
import { VOLUMES } from "../../src/console/volumes";

const REFUNDS = { name: " Refunds ", view: "mine", queue_id: null, tag_id: 7, is_vip: false };

describe("what the server keeps", () => {
  test("is read with defaults for what is missing or of another make", () => {
    const live_limits = { waiting: null, free: null };
    expect(preferredOf({})).toEqual({ saved_views: [], volumes: VOLUMES, live_limits });
    const kept = { live_limits: { waiting: 30, free: -1 } };
    expect(preferredOf(kept).live_limits).toEqual({ waiting: 30, free: null });
    expect(preferredOf({ volumes: { offer: 0.4, message: 9, sla: "loud" } }).volumes).toEqual({
      offer: 0.4,
      message: 1,
      sla: 1,
    });
    expect(
      savedViewsOf([null, 3, { key: "saved-1" }, { key: "k", name: "n", view: "all", queue_id: "x" }]),
    ).toEqual([{ key: "k", name: "n", view: "all", queue_id: null, tag_id: null, is_vip: false }]);
  });

  test("a change shows at once and keeps keys this console does not know", async () => {
    const save = vi.fn(async () => undefined);
    const keeper = new PreferenceKeeper({ theirs: 1 }, save);
    const done = keeper.change({ volumes: { ...VOLUMES, sla: 0 } });
    expect(keeper.state.get().volumes.sla).toBe(0);
    await done;
    expect(save).toHaveBeenCalledWith({ theirs: 1, volumes: { ...VOLUMES, sla: 0 } });
  });

  test("what the server refuses is taken back and told", async () => {
    const keeper = new PreferenceKeeper({}, async () => Promise.reject(new Error("too large")));
    await expect(keeper.change({ saved_views: withView([], REFUNDS) })).rejects.toThrow("too large");
    expect(keeper.state.get().saved_views).toEqual([]);
  });
});

describe("saved views", () => {
  test("are added under a trimmed name and a key of their own, up to a limit", () => {
    const one = withView([], REFUNDS);
    expect(one).toMatchObject([{ name: "Refunds", tag_id: 7, view: "mine" }]);
    expect(one[0]?.key).toMatch(/^saved-/u);
    let views = one;
    for (let more = 0; more < 20; more += 1) views = withView(views, { ...REFUNDS, name: "n".repeat(99) });
    expect(views).toHaveLength(SAVED_VIEWS_MAX);
    expect(views[1]?.name).toHaveLength(SAVED_NAME_CHARACTERS);
    expect(new Set(views.map(({ key }) => key)).size).toBe(SAVED_VIEWS_MAX);
    expect(withoutView(one, one[0]?.key ?? "")).toEqual([]);
  });

  test("narrow or leave wide", () => {
    expect(isNarrow(WIDE)).toBe(false);
    expect(isNarrow({ ...WIDE, is_vip: true })).toBe(true);
    expect(isSameNarrowing(WIDE, { ...WIDE })).toBe(true);
    expect(isSameNarrowing(WIDE, { ...WIDE, tag_id: 1 })).toBe(false);
  });
});
