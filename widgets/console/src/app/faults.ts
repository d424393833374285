/** What the server refuses field by field: "edits.added[0].count: found 0, allowed is …", several divided by "; ",
 * or "offer_s is 3; allowed are 5 to 120". Pure. */
export interface Fault {
  path: string;
  found: string;
  allowed: string;
  /** Of the line that tells it; the control names it as its description. */
  id: string;
}

/** Return the fault of what a path names, or of a part of it. */
export type FaultAt = (path: string) => Fault | undefined;

const FAULT = /^([\w.[\]]+) is (.*?); allowed (?:are|is) (.*)$/su;
const FAULTS = /(?:^|; )([\w.[\]]+): found (.*?), allowed is (.*?)(?=; [\w.[\]]+: found |$)/gsu;

/** Return the faults a text tells; none where it says something else. */
export function faultsOf(text: string): Fault[] {
  const alone = FAULT.exec(text);
  return [...(alone ? [alone] : text.matchAll(FAULTS))].map(([, path = "", found = "", allowed = ""]) => ({
    path,
    found,
    allowed,
    id: `fault-${path.replace(/\W+/gu, "-")}`,
  }));
}

/** Return the way to look faults up. */
export function lookIn(faults: readonly Fault[]): FaultAt {
  return (path) =>
    faults.find(({ path: at }) => at === path || at.startsWith(`${path}.`) || at.startsWith(`${path}[`));
}

/** Return the same way from a path on. */
export function under(at: FaultAt, base: string): FaultAt {
  return (path) => at(base + path);
}

/** Return what a control with a fault says of itself. */
export function marksOf(fault: Fault | undefined): { "aria-invalid"?: true; "aria-describedby"?: string } {
  return fault ? { "aria-invalid": true, "aria-describedby": fault.id } : {};
}

/** Bring the keyboard to the first control that has a fault, or to the line that tells it. */
export function focusFault(form: HTMLElement): void {
  const found = form.querySelector<HTMLElement>("[aria-invalid='true'], [data-invalid], [data-fault]");
  found?.focus({ preventScroll: true });
  found?.scrollIntoView({ block: "center" }); // the line below it too
}
