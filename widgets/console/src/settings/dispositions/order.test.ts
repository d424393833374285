import { expect, it } from "vitest";
import { changesOf, dropped, linesOf, moved } from "./order";

const SAVED = linesOf([
  { id: 3, name: "C", position: 2, is_active: true },
  { id: 1, name: "A", position: 0, is_active: true },
  { id: 2, name: "B", position: 1, is_active: false },
]);

it("stands in the order of the positions", () => {
  expect(SAVED.map((line) => line.name)).toEqual(["A", "B", "C"]);
});

it("writes only the lines whose place changed", () => {
  expect(changesOf(SAVED, moved(SAVED, 2, 1)).map((change) => change.kind === "write" && change.id)).toEqual([
    3, 2,
  ]);
});

it("removes first, so that a freed name can be taken", () => {
  const draft = [...dropped(SAVED, 0), { id: null, key: "new", name: "A", isActive: true }];
  expect(changesOf(SAVED, draft).map((change) => change.kind)).toEqual(["remove", "write", "write", "make"]);
});

it("has nothing to write when nothing changed", () => {
  expect(changesOf(SAVED, moved(moved(SAVED, 0, 2), 2, 0))).toEqual([]);
});
