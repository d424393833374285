import { expect, it } from "vitest";
import { previewOf } from "./preview";

it("fills known blanks and shows unknown ones as they stand", () => {
  const runs = previewOf("Hi {{ contact.first_name }}, {{ nobody }}!", { "contact.first_name": "Nurul" });
  expect(runs).toEqual([
    { text: "Hi ", kind: "text" },
    { text: "Nurul", kind: "blank" },
    { text: ", ", kind: "text" },
    { text: "{{ nobody }}", kind: "unknown" },
    { text: "!", kind: "text" },
  ]);
});
