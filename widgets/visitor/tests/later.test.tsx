import type { VisitorState } from "@ucc/wire";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { words } from "../src/lang/en";
import type { later as Later } from "../src/later";
import { CLOSED, type Ui, type Widget } from "../src/widget";

let draw: typeof import("../src/draw").draw;
let later: typeof Later;
beforeAll(async () => {
  // jsdom has no constructed sheets; what they say is no matter here.
  vi.stubGlobal(
    "CSSStyleSheet",
    class {
      replaceSync(): void {}
    },
  );
  ({ draw } = await import("../src/draw"));
  ({ later } = await import("../src/later"));
});

let box: HTMLElement;
let ui: Ui;
const called = vi.fn();
beforeEach(() => {
  box = document.createElement("div");
  ui = CLOSED;
  called.mockReset();
});

function show(change: Partial<VisitorState>): void {
  const visitor = { phase: "waiting", offers_callback: true, position: 3, callback_to: null, ...change };
  const w = {
    words,
    handle: { root: { adoptedStyleSheets: [] }, locale: "en" },
    chat: { callBack: called },
    ui: { get: () => ui },
    find: () => null,
    show(next: Partial<Ui>) {
      ui = { ...ui, ...next };
      show(change);
    },
  } as unknown as Widget;
  draw(later(w, visitor as VisitorState, <p>card</p>), box);
}

function type(text: string): void {
  const input = box.querySelector("input") as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  box.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
}

it("asks for a number only when the visitor wants to be called", () => {
  show({});
  expect(box.querySelector("form")).toBeNull();
  box.querySelector("button")?.click();
  expect(box.querySelector("input")?.type).toBe("tel");
});

it("sends a number as it is dialled, and says what is wrong with one that has no country", () => {
  show({});
  box.querySelector("button")?.click();
  type("0123 456");
  expect(called).not.toHaveBeenCalled();
  expect(box.querySelector("input")?.getAttribute("aria-invalid")).toBe("true");
  expect(box.querySelector(".err")?.textContent).toContain("with its country");
  type("+60 (12) 345-6789");
  expect(called).toHaveBeenCalledWith("+60123456789");
  expect(box.querySelector("form")).toBeNull();
});

it("says which number will be called, and that a message will be answered", () => {
  show({ phase: "callback", callback_to: "+60123456789" });
  expect(box.textContent).toContain("We will call you");
  expect(box.textContent).toContain("3rd in line");
  expect(box.textContent).toContain("+60123456789");
  show({ phase: "left", position: null });
  expect(box.textContent).toContain(words.leftWhileClosed);
});

it("tells not before when it will call, where that is known", () => {
  const at = new Date();
  at.setHours(23, 59, 0, 0);
  show({ phase: "callback", position: null, callback_to: "+60123456789", callback_at_ms: at.getTime() });
  expect(box.textContent).toContain("On +60123456789, not before 11:59");
  at.setFullYear(2031, 4, 17);
  show({ phase: "callback", position: null, callback_to: "+60123456789", callback_at_ms: at.getTime() });
  expect(box.textContent).toContain("not before May 17, 2031, 11:59");
});
