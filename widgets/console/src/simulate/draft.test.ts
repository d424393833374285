import { expect, it } from "vitest";
import { draftFrom, draftOf, shapeOf, writeOf } from "./draft";

const CHANGED = {
  queue_id: 4,
  requirement: null,
  condition: null,
  relaxation: null,
  overflow: null,
  agent_choice: null,
  order_by: null,
  share_per_hour: null,
  reserve: null,
};

it("asks nothing but the day when nothing was edited", () => {
  expect(writeOf(draftOf("2026-11-27"))).toEqual({
    date: "2026-11-27",
    like: [],
    basis: "day",
    volume: 1,
    has_rivals: true,
    edits: { added: [], agents: [], queues: [] },
  });
});

it("asks with what is assumed where nothing was recorded, and brings it back", () => {
  const draft = { ...draftOf("2026-11-27"), basis: "assumed" as const };
  const write = writeOf({ ...draft, assumed: { ...draft.assumed, contacts_per_hour: 90, patience_s: null } });
  expect(write).toMatchObject({ basis: "assumed", volume: 1, like: [] });
  expect(write.assumed).toMatchObject({ contacts_per_hour: 90, service_s: 480, patience_s: 0 });
  expect(draftFrom(write).assumed).toEqual({ ...draft.assumed, contacts_per_hour: 90, patience_s: 0 });
});

it("has another shape once a row is added or taken away", () => {
  const draft = draftOf("2026-11-27");
  const one = { count: 2, skills: [], from: "10:00", until: "12:00" };
  const added = [one];
  expect(shapeOf({ ...draft, added })).not.toBe(shapeOf(draft));
  expect(shapeOf({ ...draft, added: [{ ...one, count: 9 }] })).toBe(shapeOf({ ...draft, added }));
});

it("brings a question back into the form it was written with", () => {
  const draft = {
    ...draftOf("2026-11-27"),
    basis: "forecast" as const,
    volume: 120,
    like: ["2026-11-20"],
    added: [{ count: 2, skills: [{ skill_id: 7, level: 5 }], from: "10:00", until: "12:00" }],
    agents: [{ agent_id: 3, skills: null, isAway: true, from: "09:00", until: "11:30" }],
    queues: [
      {
        queue_id: 4,
        requirement: null,
        condition: { tree: { type: "one_of_teams" as const, teams: ["Night"] } },
        relaxation: [{ after_s: 40, requirement: [{ skill_id: 7, level: 1 }], condition: null, lower_by: 2 }],
        overflow: {
          overflow_after_s: 90,
          overflow_queue_id: 5,
          overflow_length: null,
          overflow_exit: "callback" as const,
        },
        agent_choice: "longest_idle" as const,
        order_by: "share" as const,
        share_per_hour: 40,
        reserve: 2,
      },
    ],
    kept: { replications: 7, seed: 3 },
  };
  const write = writeOf(draft);
  expect(write.volume).toBe(1.2);
  expect(write.edits?.added[0]?.skills).toEqual({ "7": 5 });
  expect(write).toMatchObject({ like: ["2026-11-20"], replications: 7, seed: 3 });
  expect(draftFrom(write)).toEqual(draft);
});

it("sends a share only with the order by share, and other days only with a forecast", () => {
  const queue = { ...CHANGED, share_per_hour: 40 };
  const draft = {
    ...draftOf("2026-11-27"),
    queues: [{ ...queue, order_by: "strict_priority" as const }],
    like: ["2026-11-20", "2026-11-27"],
  };
  expect(writeOf(draft).edits?.queues[0]?.share_per_hour).toBeNull();
  expect(writeOf(draft).like).toEqual([]);
  expect(writeOf({ ...draft, basis: "forecast" }).like).toEqual(["2026-11-20"]);
});

it("sends a volume only with a forecast: a recorded day has the contacts it had", () => {
  expect(writeOf({ ...draftOf("2026-11-27"), volume: 150 }).volume).toBe(1);
});

it("says of a policy only what is another: none instead of one is a change, nothing said is none", () => {
  const written = (changes: object) =>
    writeOf({ ...draftOf("2026-11-27"), queues: [{ ...CHANGED, ...changes }] }).edits?.queues[0];
  expect(written({})).not.toHaveProperty("condition");
  expect(written({})).toMatchObject({ relaxation: null, overflow: null });
  expect(written({ condition: { tree: null } })).toHaveProperty("condition", null);
  const unfinished = { tree: { type: "any_of" as const, of: [] } };
  expect(written({ condition: unfinished })).toHaveProperty("condition", null);
  expect(written({ relaxation: [] })).toHaveProperty("relaxation", []);
  const nowhere = {
    overflow_after_s: 60,
    overflow_queue_id: null,
    overflow_length: 3,
    overflow_exit: null,
  };
  const none = { queue_id: null, after_s: null, length: null, exit: null };
  expect(written({ overflow: nowhere })).toHaveProperty("overflow", none);
});
