import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** Where `ucc serve` listens while the console is worked on with `npm run dev`. */
const SERVER = process.env.UCC_DEV_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/console/",
  plugins: [
    svelte(),
    paraglideVitePlugin({
      project: "./project.inlang",
      outdir: "./src/paraglide",
      strategy: ["baseLocale"],
      emitTsDeclarations: true,
      outputStructure: "locale-modules",
    }),
  ],
  build: { target: "es2023", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { "/v1": { target: SERVER, ws: true }, "/widget": SERVER, "/demo": SERVER } },
});
