import type { AgentPlan } from "@ucc/wire";
import { expect, it } from "vitest";
import { type DayDraft, dateAfter, dayOf, faultOfDay, nextBreak, type Planned, withDay } from "./plan";

const DATE = "2026-11-30";
const at = (date: string, time: string): number => new Date(`${date}T${time}`).getTime();
const NOW = at(DATE, "08:00");
const empty: AgentPlan = { agent_id: 1, shifts: [], breaks: [] };

function read(plan: Planned, date: string): DayDraft {
  return dayOf({ agent_id: 1, ...plan }, date);
}

it("writes a day and reads it again", () => {
  const day: DayDraft = {
    shifts: [{ from: "09:00", to: "17:30" }],
    breaks: [
      { from: "15:00", to: "15:15", reason: "break" },
      { from: "12:30", to: "13:00", reason: "meal" },
    ],
  };
  const written = withDay(empty, DATE, day, NOW);
  expect(written.shifts).toEqual([{ from_ms: at(DATE, "09:00"), to_ms: at(DATE, "17:30") }]);
  expect(written.breaks.map((one) => one.from_ms)).toEqual([at(DATE, "12:30"), at(DATE, "15:00")]);
  expect(read(written, DATE).breaks.map((one) => one.reason)).toEqual(["meal", "break"]);
  expect(read(written, dateAfter(DATE, 1))).toEqual({ shifts: [], breaks: [] });
});

it("keeps other days, and forgets what is long over", () => {
  const plan: AgentPlan = {
    ...empty,
    shifts: [
      { from_ms: at("2026-11-20", "09:00"), to_ms: at("2026-11-20", "17:00") },
      { from_ms: at("2026-12-01", "09:00"), to_ms: at("2026-12-01", "17:00") },
    ],
  };
  const written = withDay(plan, DATE, { shifts: [{ from: "10:00", to: "12:00" }], breaks: [] }, NOW);
  expect(written.shifts.map((one) => one.from_ms)).toEqual([at(DATE, "10:00"), at("2026-12-01", "09:00")]);
  expect(withDay({ ...empty, ...written }, DATE, { shifts: [], breaks: [] }, NOW).shifts).toHaveLength(1);
});

it("plans a night: its end and its breaks after midnight are of the next day", () => {
  const night: DayDraft = {
    shifts: [{ from: "22:00", to: "06:00" }],
    breaks: [{ from: "02:00", to: "02:30", reason: "meal" }],
  };
  const written = withDay(empty, DATE, night, NOW);
  expect(written.shifts).toEqual([{ from_ms: at(DATE, "22:00"), to_ms: at("2026-12-01", "06:00") }]);
  expect(written.breaks[0]?.from_ms).toBe(at("2026-12-01", "02:00"));
  expect(read(written, DATE)).toEqual(night);
  expect(read(written, "2026-12-01")).toEqual({ shifts: [], breaks: [] });
});

it("reads a day that ends at midnight as one that can be written again", () => {
  const day: DayDraft = { shifts: [{ from: "16:00", to: "24:00" }], breaks: [] };
  expect(read(withDay(empty, DATE, day, NOW), DATE)).toEqual(day);
});

it("names what is wrong with a day", () => {
  const shift = (from: string, to: string): DayDraft => ({ shifts: [{ from, to }], breaks: [] });
  expect(faultOfDay(shift("9", "nine"))).toBe("no_time");
  expect(faultOfDay(shift("09:00", "09:00"))).toBe("empty");
  expect(faultOfDay({ shifts: [], breaks: [nextBreak([]), { ...nextBreak([]), from: "12:45" }] })).toBe(
    "overlap",
  );
  expect(faultOfDay({ ...shift("22:00", "06:00"), breaks: [nextBreak([])] })).toBeNull();
});
