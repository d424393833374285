import type { VisitorState } from "@ucc/wire";
import { beforeEach, expect, it } from "vitest";
import { draw } from "../src/draw";
import { words } from "../src/lang/en";
import { words as chinese } from "../src/lang/zh-CN";
import { Waiting } from "../src/views/waiting";
import type { Widget } from "../src/widget";

let box: HTMLElement;
beforeEach(() => {
  box = document.createElement("div");
});

function shown(position: number | null): { title: string; ahead: string | null } {
  const visitor = { phase: "waiting", position, wait_low_s: null, wait_high_s: null } as VisitorState;
  draw(<Waiting w={{ words } as unknown as Widget} visitor={visitor} />, box);
  return {
    title: box.querySelector("h3")?.textContent ?? "",
    ahead: box.querySelector(".line-up")?.getAttribute("aria-label") ?? null,
  };
}

it("says the place in line, and nothing of a place nobody knows", () => {
  expect(shown(3).title).toBe("3rd in line");
  expect(shown(1).title).toBe(words.next);
  expect(shown(null)).toEqual({ title: words.soon, ahead: null });
});

it("a chat that rings at somebody's desk is next, not 0th", () => {
  expect(shown(0)).toEqual({ title: words.next, ahead: words.ahead(0) });
});

it("sets Latin names apart from Chinese signs", () => {
  expect(chinese.joined("Mina")).toBe("Mina 加入了对话");
  expect(chinese.joined("小敏")).toBe("小敏加入了对话");
});
