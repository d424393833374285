import type { Figures, PolicyReport, SimulationReport } from "@ucc/wire";
import { expect, it, vi } from "vitest";
import {
  busyPeriods,
  changeWords,
  hourWords,
  isCertain,
  MEASURES,
  measuresOf,
  occupancyOf,
  secondsWords,
} from "./figures";

const one = (mean: number, half_width: number | null = null) => ({ mean, half_width });

function figures(arrived: number, abandoned = 0): Figures {
  return {
    arrived: one(arrived),
    served: one(arrived - abandoned),
    abandoned: one(abandoned, 2),
    diverted: one(0),
    blocked: one(0),
    unanswered: one(0),
    in_target: one(arrived),
    service_level: {
      of_arrived: null,
      of_served: null,
      without_early_abandoned: null,
      early_abandoned_as_met: null,
    },
    asa_s: null,
    abandoned_wait_s: null,
    waiting: one(0),
  };
}

function policy(periods: Figures[]): PolicyReport {
  return { policy: "ours", in_all: figures(1), periods, types: [], groups: [] };
}

it("tells the abandoned as a part of the arrived, the interval too", () => {
  const measure = MEASURES.find(({ key }) => key === "abandoned");
  expect(measure?.of(figures(40, 10))).toEqual({ mean: 0.25, half_width: 0.05 });
  expect(measure?.of(figures(0))).toBeNull();
});

it("weighs agents by how long they were there", () => {
  const groups = [
    { name: "a", occupancy: one(0.9), staffed: one(3), periods: [] },
    { name: "b", occupancy: one(0.1), staffed: one(1), periods: [] },
    { name: "c", occupancy: null, staffed: one(0), periods: [] },
  ];
  expect(occupancyOf({ ...policy([]), groups })).toBeCloseTo(0.7);
  expect(occupancyOf(policy([]))).toBeNull();
});

it("takes a difference for certain only if its interval does not hold nothing", () => {
  expect(isCertain(one(0.05, 0.02))).toBe(true);
  expect(isCertain(one(-0.05, 0.06))).toBe(false);
  expect(isCertain(one(0.05))).toBe(false);
});

it("writes seconds and differences for people", () => {
  expect(secondsWords(8.24)).toBe("8.2 s");
  expect(secondsWords(12, 1)).toBe("12.0 s");
  expect(secondsWords(125)).toBe("2 m 5 s");
  expect(changeWords("seconds", -12)).toBe("−12 s");
  expect(changeWords("points", 0.031)).toBe("+3.1 points");
});

it("leaves out the night", () => {
  const periods = [0, 0, 5, 0, 3, 0].map((arrived) => figures(arrived));
  expect(busyPeriods({ policies: [policy(periods)] } as unknown as SimulationReport)).toEqual([2, 5]);
});

it("labels hours as clocks showed them, on days of 23 and 25 hours too", () => {
  vi.stubGlobal("navigator", { languages: ["en-GB"] });
  const hours = (midnight: string, time_zone: string | null) => {
    const recording = { from_ms: Date.parse(midnight), time_zone };
    const report = { period_s: 1800, recording } as SimulationReport;
    return [0, 2, 4, 6, 8, 46].map((period) => hourWords(report, period).padStart(5, "0"));
  };
  const plain = ["00:00", "01:00", "02:00", "03:00", "04:00", "23:00"];
  expect(hours("2026-03-28T23:00:00Z", "Europe/Berlin")).toEqual([
    "00:00",
    "01:00",
    "03:00",
    "04:00",
    "05:00",
    "00:00", // the next day: this one had 46 half hours
  ]);
  expect(hours("2026-10-24T22:00:00Z", "Europe/Berlin")).toEqual([
    "00:00",
    "01:00",
    "02:00",
    "02:00",
    "03:00",
    "22:00",
  ]);
  expect(hours("2026-11-26T23:00:00Z", "Europe/Berlin")).toEqual(plain);
  expect(hours("2026-11-26T23:00:00Z", null)).toEqual(plain);
  expect(hourWords({ period_s: 1800, recording: null } as SimulationReport, 3)).toMatch(/1:30/);
  vi.unstubAllGlobals();
});

it("tells of exits where somebody left by one", () => {
  const report = (diverted: number) =>
    ({
      policies: [{ ...policy([]), in_all: { ...figures(40), diverted: one(diverted) } }],
    }) as unknown as SimulationReport;
  const keys = (found: number) => measuresOf(report(found)).map(({ key }) => key);
  expect(keys(0)).not.toContain("diverted");
  expect(keys(4)).toContain("diverted");
  expect(
    MEASURES.find(({ key }) => key === "diverted")?.of(report(4).policies[0]?.in_all ?? figures(0))?.mean,
  ).toBe(0.1);
});
