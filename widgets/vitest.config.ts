import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { projects: ["core", "visitor", "console"], passWithNoTests: true },
});
