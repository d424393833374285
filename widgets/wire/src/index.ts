export * from "./wire.gen.ts";
