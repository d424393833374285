import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "@ucc/visitor", development: false } },
  test: { name: "visitor", include: ["tests/**/*.test.{ts,tsx}"], environment: "jsdom" },
});
