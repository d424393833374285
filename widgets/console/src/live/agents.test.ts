import type { Presence, TeamMember, WorkInHand } from "@ucc/wire";
import { expect, it } from "vitest";
import { arranged, groupOf, queuesOf, settled, troubleOf, troubleWords, unitsOf, withMoved } from "./agents";

const NOW = 10 * 60_000;

function work(change: Partial<WorkInHand> = {}): WorkInHand {
  return {
    interaction_id: 50,
    conversation_id: 1,
    contact_name: "李娜",
    medium: "chat",
    state: "active",
    bond: null,
    queue_id: 3,
    queue_name: "Sales",
    since_ms: 0,
    waiting_since_ms: null,
    due_at_ms: null,
    wrap_up_over_at_ms: null,
    ...change,
  };
}

function agent(
  id: number,
  presence: Partial<Presence> = {},
  pieces: readonly WorkInHand[] = [],
  over: number | null = null,
): TeamMember {
  return {
    name: `Agent ${id}`,
    presence: {
      agent_id: id,
      session: "online",
      status: "on_queue",
      reason: null,
      next_status: null,
      next_reason: null,
      is_blocked: false,
      since_ms: 0,
      load: {},
      capacity: { chat: 2 },
      wrap_ups: 0,
      next_break: null,
      ...presence,
    },
    break_over_at_ms: over,
    work: pieces,
  };
}

it("names the most pressing trouble, and since when", () => {
  const late = work({ waiting_since_ms: 60_000, due_at_ms: 90_000 });
  const long = work({ state: "wrapping", wrap_up_over_at_ms: NOW - 5_000 });
  expect(troubleOf(agent(1, { is_blocked: true }, [late]), NOW)?.kind).toBe("not_responding");
  expect(troubleOf(agent(1, {}, [late, long], NOW - 1), NOW)).toEqual({
    kind: "break_over",
    sinceMs: NOW - 1,
  });
  expect(troubleOf(agent(1, {}, [late, long]), NOW)).toEqual({ kind: "wrap_up_over", sinceMs: NOW - 5_000 });
  expect(troubleOf(agent(1, {}, [late]), NOW)).toEqual({ kind: "unanswered", sinceMs: 60_000 });
  expect(troubleOf(agent(1, {}, [long]), NOW - 6_000)).toBeNull();
  expect(troubleOf(agent(1, { is_blocked: true, session: "offline" }), NOW)).toBeNull();
  expect(troubleWords({ kind: "unanswered", sinceMs: NOW - 65_000 }, NOW)).toBe("Unanswered for 1:05");
});

it("lets a contact wait as long as the queue promises, or five minutes where it promises nothing", () => {
  const since = NOW - 4 * 60_000;
  expect(troubleOf(agent(1, {}, [work({ waiting_since_ms: since, due_at_ms: NOW + 1 })]), NOW)).toBeNull();
  expect(troubleOf(agent(1, {}, [work({ waiting_since_ms: since })]), NOW)).toBeNull();
  expect(troubleOf(agent(1, {}, [work({ waiting_since_ms: since })]), NOW + 61_000)?.kind).toBe("unanswered");
});

it("puts who needs a look first, then busy, free, off queue and offline", () => {
  const team = [
    agent(1, { session: "offline", status: "off_queue" }),
    agent(2, { status: "off_queue", reason: "meal" }),
    agent(3),
    agent(4, { status: "off_queue" }, [work()]),
    agent(5, {}, [work({ waiting_since_ms: 2, due_at_ms: 3 })]),
    agent(6, {}, [work({ waiting_since_ms: 1, due_at_ms: 3 })]),
    agent(7, { is_blocked: true }),
    agent(8),
  ];
  expect(arranged(team, NOW)).toEqual([
    { key: "trouble", ids: [7, 6, 5] },
    { key: "busy", ids: [4] },
    { key: "free", ids: [3, 8] },
    { key: "off_queue", ids: [2] },
    { key: "offline", ids: [1] },
  ]);
  expect(groupOf(agent(9, { session: "reconnecting" }, [work()]), NOW)).toBe("busy");
});

it("keeps who did not change as the same object, so that nothing of theirs is drawn again", () => {
  const before = [agent(1), agent(2)];
  const after = settled(before, [agent(1), agent(2, { since_ms: 5 }), agent(3)]);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
  expect(after).toHaveLength(3);
});

it("counts units per medium and names each queue once", () => {
  const one = agent(1, { load: { chat: 1, task: 1 }, capacity: { chat: 2, voice: 1, email: 0 } }, [
    work(),
    work(),
  ]);
  expect(unitsOf(one)).toEqual([
    { medium: "chat", used: 1, max: 2 },
    { medium: "voice", used: 0, max: 1 },
    { medium: "task", used: 1, max: 0 },
  ]);
  expect(queuesOf(one)).toBe("Sales");
});

it("puts in who moved, and is the same team where nothing is different", () => {
  const [one, other] = [agent(1), agent(2)];
  const team = [one, other];
  expect(withMoved(team, [structuredClone(other)])).toBe(team);
  const moved = withMoved(team, [{ ...other, name: "Another" }, agent(3)]);
  expect(moved.map(({ name }) => name)).toEqual(["Agent 1", "Another", "Agent 3"]);
  expect(moved[0]).toBe(one);
});
