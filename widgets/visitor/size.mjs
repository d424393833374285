/** Prints what a page pays for the built widget, in KiB after gzip: the loader, all of an open chat, what loads later. */

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const DIST = `${import.meta.dirname}/dist`;
const LOCALES = ["en", "zh-CN", "zh-TW"];

const files = readdirSync(DIST).filter((file) => file.endsWith(".js"));
const kib = (names) =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(`${DIST}/${name}`), { level: 9 }).length, 0) / 1024;
const round = (value) => Math.round(value * 100) / 100;

const words = LOCALES.map((locale) => files.find((file) => file.startsWith(`words-${locale}-`)));
const isLater = (file) => file.startsWith("later-");
const parts = files.filter((file) => !file.startsWith("words-") && !isLater(file));
const chat = Math.max(...words.map((file) => kib([...parts, file])));

process.stdout.write(
  `${JSON.stringify({
    loader_kib_gz: round(kib(["v1.js"])),
    chat_kib_gz: round(chat),
    later_kib_gz: round(kib(files.filter(isLater))),
    voice_kib_gz: null,
  })}\n`,
);
