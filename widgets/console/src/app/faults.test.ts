import { expect, it } from "vitest";
import { faultsOf, lookIn, marksOf, under } from "./faults";

const TOLD =
  "edits.queues[0].relaxation[1].after_s: found 20, allowed is a whole number from 31 to 86400; " +
  "like[0]: found 2020-02-07, allowed is a day the journal holds: 2026-11-24 or later, until today";

it("reads every fault of a sentence, with what was found and what is allowed", () => {
  expect(faultsOf(TOLD)).toEqual([
    {
      path: "edits.queues[0].relaxation[1].after_s",
      found: "20",
      allowed: "a whole number from 31 to 86400",
      id: "fault-edits-queues-0-relaxation-1-after_s",
    },
    {
      path: "like[0]",
      found: "2020-02-07",
      allowed: "a day the journal holds: 2026-11-24 or later, until today",
      id: "fault-like-0-",
    },
  ]);
  expect(faultsOf("distribution.callback_tries is 99; allowed are 1 to 20")).toEqual([
    {
      path: "distribution.callback_tries",
      found: "99",
      allowed: "1 to 20",
      id: "fault-distribution-callback_tries",
    },
  ]);
  expect(faultsOf("4 simulations are not done, allowed are 4 at a time")).toEqual([]);
  expect(faultsOf("")).toEqual([]);
});

it("finds the fault of a field, and of a part of it, and of nothing else", () => {
  const at = lookIn(faultsOf(TOLD));
  expect(at("like")?.found).toBe("2020-02-07");
  expect(at("edits.queues[0]")?.found).toBe("20");
  expect(at("edits.queues[0].relax")).toBeUndefined();
  expect(under(at, "edits.queues[0].relaxation")("[1].after_s")?.found).toBe("20");
  expect(under(at, "edits.queues[0].relaxation")("[0]")).toBeUndefined();
});

it("marks a control with a fault, and no other", () => {
  const [fault] = faultsOf(TOLD);
  expect(marksOf(fault)).toEqual({ "aria-invalid": true, "aria-describedby": fault?.id });
  expect(marksOf(undefined)).toEqual({});
});
