import type { Figures, PolicyReport, SimulationReport } from "@ucc/wire";
import { expect, it } from "vitest";
import {
  busyPeriods,
  changeWords,
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
  expect(secondsWords(125)).toBe("2 m 5 s");
  expect(changeWords("seconds", -12)).toBe("−12 s");
  expect(changeWords("points", 0.031)).toBe("+3.1 points");
});

it("leaves out the night", () => {
  const periods = [0, 0, 5, 0, 3, 0].map((arrived) => figures(arrived));
  expect(busyPeriods({ policies: [policy(periods)] } as unknown as SimulationReport)).toEqual([2, 5]);
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
