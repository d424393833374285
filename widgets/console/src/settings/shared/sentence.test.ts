import { expect, it } from "vitest";
import { blankOf, piecesOf } from "./sentence";

it("finds blanks in whatever order a language puts them", () => {
  const pieces = piecesOf(`需要 ${blankOf("needs")} 的会话响铃 ${blankOf("offer")}。`);
  expect(pieces.map((piece) => piece.name ?? "-")).toEqual(["-", "needs", "-", "offer"]);
});

it("keeps punctuation with the blank before it, so that it never starts a line", () => {
  expect(piecesOf(`for ${blankOf("offer")}, then`)[1]).toEqual({ name: "offer", text: "," });
  expect(piecesOf(`响铃 ${blankOf("offer")}。`)[1]).toEqual({ name: "offer", text: "。" });
});
