/** The measures of a report: their values, how they are written, and which way is better. */
import type { Estimate, Figures, Gain, PolicyReport, SimulationReport } from "@ucc/wire";
import { hourOf } from "../frame/format";
import { m } from "../paraglide/messages";
import { getLocale } from "../paraglide/runtime";

export type MeasureKey = "service_level" | "asa" | "abandoned" | "diverted" | "waiting";

/** One measure of contacts. */
export interface Measure {
  key: MeasureKey;
  label: () => string;
  isShare: boolean;
  of: (figures: Figures) => Estimate | null;
}

const MINUTE_S = 60;

function shareOf(part: Estimate, whole: Estimate): Estimate | null {
  if (!whole.mean) return null;
  return {
    mean: part.mean / whole.mean,
    half_width: part.half_width === null ? null : part.half_width / whole.mean,
  };
}

export const MEASURES: readonly Measure[] = [
  {
    key: "service_level",
    label: () => m.simulate_service_level(),
    isShare: true,
    of: (figures) => figures.service_level.of_arrived,
  },
  { key: "asa", label: () => m.simulate_asa(), isShare: false, of: (figures) => figures.asa_s },
  {
    key: "abandoned",
    label: () => m.simulate_abandoned(),
    isShare: true,
    of: (figures) => shareOf(figures.abandoned, figures.arrived),
  },
  {
    key: "diverted",
    label: () => m.simulate_diverted(),
    isShare: true,
    of: (figures) => shareOf(figures.diverted, figures.arrived),
  },
  { key: "waiting", label: () => m.simulate_waiting(), isShare: false, of: (figures) => figures.waiting },
];

/** Return the measures that say something of a report: exits are seldom there. */
export function measuresOf(report: SimulationReport): readonly Measure[] {
  const hasExits = report.policies.some((policy) => policy.in_all.diverted.mean > 0);
  return MEASURES.filter((one) => one.key !== "diverted" || hasExits);
}

/** Return what clocks showed when a period began: some days of a time zone have 23 hours, some 25. */
export function hourWords(report: SimulationReport, period: number): string {
  const sinceMs = period * report.period_s * 1000;
  const { from_ms = 0, time_zone = null } = report.recording ?? {};
  return time_zone === null ? hourOf(sinceMs, "UTC") : hourOf(from_ms + sinceMs, time_zone);
}

/** Return what a policy of a report is called; a day nobody recorded is not played again. */
export function policyWords(policy: string, report: SimulationReport): string {
  if (policy === "recorded") return m.simulate_policy_recorded();
  if (policy === "ours") return report.recording ? m.simulate_policy_ours() : m.simulate_policy_as_is();
  if (policy === "edited") return m.simulate_policy_edited();
  if (policy === "polled_longest_queue") return m.simulate_policy_polled();
  if (policy === "round_robin") return m.simulate_policy_round_robin();
  return m.simulate_policy_ticker();
}

function digits(value: number, options: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(getLocale(), options).format(value);
}

/** Return a number with one digit behind the point where it is small. */
export function numberWords(value: number): string {
  return digits(value, { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** Return a part as percent. */
export function shareWords(value: number): string {
  return digits(value, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** Return seconds, as minutes and seconds from one minute on; in a column all of them have a digit behind the point. */
export function secondsWords(value: number, fraction = 0): string {
  const whole = Math.round(Math.abs(value));
  if (whole < MINUTE_S)
    return m.simulate_seconds({
      n: digits(Math.abs(value), { minimumFractionDigits: fraction, maximumFractionDigits: 1 }),
    });
  return m.simulate_minutes({ n: Math.floor(whole / MINUTE_S), s: whole % MINUTE_S });
}

/** Return a value of a measure, as it stands in a column. */
export function valueWords(measure: Measure, value: number): string {
  if (measure.isShare) return shareWords(value);
  if (measure.key === "asa") return secondsWords(value, 1);
  return digits(value, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** Return a value of a measure, as it stands at an axis. */
export function markWords(measure: Measure, value: number): string {
  if (measure.isShare) return digits(value, { style: "percent", maximumFractionDigits: 1 });
  return measure.key === "asa" ? secondsWords(value) : digits(value, { maximumFractionDigits: 2 });
}

/** Return what one policy has more of a measure than another, or null where one of them has none. */
export function moreOf(key: MeasureKey, report: SimulationReport, gain: Gain): number | null {
  const measure = MEASURES.find((one) => one.key === key);
  const [one, other] = [gain.policy, gain.against].map((name) => {
    const found = report.policies.find(({ policy }) => policy === name);
    return found && measure ? (measure.of(found.in_all)?.mean ?? null) : null;
  });
  return one === null || one === undefined || other === null || other === undefined ? null : one - other;
}

/** Return the half width of the interval, or nothing where there is none or it would be written as 0. */
export function marginWords(measure: Measure, found: Estimate | null): string {
  if (!found || found.half_width === null) return "";
  if (found.half_width < (measure.isShare ? 0.0005 : 0.05)) return "";
  return `± ${valueWords(measure, found.half_width)}`;
}

/** Return the occupancy of all agents together: each weighs as much as they were there. */
export function occupancyOf(policy: PolicyReport): number | null {
  const there = policy.groups.reduce((sum, group) => sum + group.staffed.mean, 0);
  const busy = policy.groups.reduce(
    (sum, group) => sum + group.staffed.mean * (group.occupancy?.mean ?? 0),
    0,
  );
  return there ? busy / there : null;
}

/** Return a difference with its sign: "+3.1 percentage points", "−12 s". */
export function changeWords(kind: "points" | "seconds", value: number): string {
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  const size = Math.abs(value);
  if (kind === "seconds") return sign + secondsWords(size);
  return m.simulate_points({
    n: sign + digits(size * 100, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  });
}

/** Whether a difference is more than chance: its interval does not hold 0. */
export function isCertain(found: Estimate | null): boolean {
  return found !== null && found.half_width !== null && Math.abs(found.mean) > found.half_width;
}

/** Return the first and one past the last period in which anybody came or waited. */
export function busyPeriods(report: SimulationReport): [number, number] {
  const isBusy = (index: number): boolean =>
    report.policies.some((policy) => {
      const figures = policy.periods[index];
      return figures !== undefined && (figures.arrived.mean > 0 || figures.waiting.mean > 0.001);
    });
  const count = report.policies[0]?.periods.length ?? 0;
  const busy = Array.from({ length: count }, (_, index) => index).filter(isBusy);
  return busy.length ? [busy[0] ?? 0, (busy.at(-1) ?? 0) + 1] : [0, count];
}
