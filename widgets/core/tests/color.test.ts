import { expect, it } from "vitest";
import { BRAND, brand, contrast } from "../src/color";

const SURFACES = { light: ["#FFFFFF"], dark: ["#171C23", "#202832"] };
const TEXT = { light: "#17202C", dark: "#E8ECF1" };

/** Every hue at five lightnesses, and the ends of the scale. */
const COLORS = ["#000000", "#FFFFFF", "#808080", BRAND];
for (let n = 0; n < 0x1000; n += 0x25) {
  COLORS.push(
    `#${[n >> 8, (n >> 4) & 15, n & 15].map((c) => (c * 17).toString(16).padStart(2, "0")).join("")}`,
  );
}

it("every text pair of every brand colour reaches 4.5:1 in both themes", () => {
  for (const color of COLORS) {
    for (const theme of ["light", "dark"] as const) {
      const { fill, on, ink, soft } = brand(color, theme === "dark");
      expect(contrast(fill, on), `${color} ${theme}: text on the fill`).toBeGreaterThanOrEqual(4.5);
      expect(contrast(ink, soft), `${color} ${theme}: ink on soft`).toBeGreaterThanOrEqual(4.5);
      expect(contrast(TEXT[theme], soft), `${color} ${theme}: text on soft`).toBeGreaterThanOrEqual(4.5);
      for (const surface of SURFACES[theme]) {
        expect(contrast(ink, surface), `${color} ${theme}: ink on ${surface}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  }
});

it("the contrast is that of WCAG", () => {
  expect(contrast("#000000", "#FFFFFF")).toBeCloseTo(21);
  expect(contrast("#777777", "#FFFFFF")).toBeCloseTo(4.48, 2);
});

it("what is no colour counts as ours", () => {
  expect(brand("red", false).fill).toBe(BRAND);
});
