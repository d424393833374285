/** What is being written in one conversation: text and caret, what is offered while typing, and the sending. */
import type { Desk } from "@ucc/core/console/desk";
import { nextBlank, type Range } from "@ucc/core/console/templates";
import { toasts } from "@ucc/ui/toasts";
import { tick } from "svelte";
import { fromStore } from "svelte/store";
import { m } from "../paraglide/messages";
import { attempt } from "./acts";
import { type Choice, type Choices, choicesAt } from "./choices";
import type { ComposerMode } from "./kept";
import { Uploads } from "./uploads.svelte";

export const TEXT_MAX = 10_000;

export class Composing {
  text = $state("");
  mode = $state<ComposerMode>("message");
  /** Whether this agent may write in this mode; the view says so. */
  mayWrite = $state(true);
  box = $state<HTMLTextAreaElement | null>(null);
  /** A blank was left in a reply; sending once more sends it so. */
  hasWarned = $state(false);
  readonly uploads: Uploads;

  #desk: Desk;
  #id: number;
  #caret = $state(0);
  #chosen = $state(0);
  #isClosed = $state(false);
  #named = new Map<string, number>();
  #templates;
  #agents;

  constructor(desk: Desk, id: number, mode: ComposerMode) {
    this.#desk = desk;
    this.#id = id;
    this.#templates = fromStore(desk.names.use("templates"));
    this.#agents = fromStore(desk.names.use("agents"));
    this.uploads = new Uploads(desk.api, id);
    this.mode = mode;
    this.text = desk.drafts.get(id, mode);
  }

  get isNote(): boolean {
    return this.mode === "note";
  }

  get choices(): Choices | null {
    if (this.#isClosed || !this.mayWrite) return null;
    const people = this.#agents.current.filter((one) => one.id !== this.#desk.me.user.id);
    const from = { templates: this.#templates.current, people, isNote: this.isNote };
    return choicesAt(this.text, this.#caret, from);
  }

  get chosen(): number {
    return Math.min(this.#chosen, (this.choices?.list.length ?? 1) - 1);
  }

  get isReady(): boolean {
    const { list, isBusy, done } = this.uploads;
    const hasWords = this.text.trim() !== "" && this.text.length <= TEXT_MAX;
    const isWhole = !isBusy && !list.some((one) => one.state === "failed");
    return this.mayWrite && isWhole && (hasWords || (done.length > 0 && this.text.length <= TEXT_MAX));
  }

  /** Puts the caret into the reply or the note. */
  async focus(mode: ComposerMode = this.mode): Promise<void> {
    if (mode !== this.mode) {
      this.mode = mode;
      this.text = this.#desk.drafts.get(this.#id, mode);
      this.#isClosed = false;
      this.#caret = this.text.length;
    }
    await tick();
    this.box?.focus();
  }

  /** Opens the templates: a slash at the caret. */
  async openTemplates(): Promise<void> {
    await this.focus();
    if (this.choices) return;
    const isInWord = /\S$/u.test(this.text.slice(0, this.#caret));
    this.insert(isInWord ? " /" : "/");
  }

  /** Takes the draft the server had, unless something was typed meanwhile. */
  takeDraft(): void {
    if (!this.text) this.text = this.#desk.drafts.get(this.#id, this.mode);
  }

  /** Gives a failed message back to be changed. */
  async putBack(words: string): Promise<void> {
    this.#write(this.text ? `${words}\n${this.text}` : words);
    await this.focus();
  }

  /** The text was changed by hand. */
  typed(): void {
    this.#isClosed = false;
    this.#chosen = 0;
    this.hasWarned = false;
    this.moveCaret();
    this.#desk.drafts.set(this.#id, this.mode, this.text);
    if (!this.isNote && this.text) this.#desk.attention.typing(this.#id);
  }

  moveCaret(): void {
    this.#caret = this.box?.selectionStart ?? this.text.length;
  }

  insert(words: string, at: Range = { start: this.#caret, end: this.#caret }): void {
    this.#write(this.text.slice(0, at.start) + words + this.text.slice(at.end));
    const end = at.start + words.length;
    void this.#select({ start: end, end });
  }

  choose(choice: Choice): void {
    const at = this.choices?.at;
    if (!at) return;
    if (choice.kind === "emoji") this.insert(choice.emoji, at);
    else if (choice.kind === "mention") {
      this.#named.set(choice.user.name, choice.user.id);
      this.insert(`@${choice.user.name} `, at);
    } else void this.#useTemplate(choice.template.id, at);
  }

  /** Moves through what is offered; returns whether the key was meant for it. */
  steer(key: string): boolean {
    const list = this.choices?.list;
    if (!list?.length) return false;
    const at = this.chosen;
    const picked = list[at];
    if (key === "ArrowDown") this.#chosen = (at + 1) % list.length;
    else if (key === "ArrowUp") this.#chosen = (at - 1 + list.length) % list.length;
    else if (key === "Escape") this.#isClosed = true;
    else if ((key === "Enter" || key === "Tab") && picked) this.choose(picked);
    else return false;
    return true;
  }

  /** Goes to the next blank of a template; returns whether there is one. */
  goToBlank(): boolean {
    const blank = nextBlank(this.text, this.box?.selectionEnd ?? 0);
    if (blank) void this.#select(blank);
    return blank !== null;
  }

  send(): void {
    if (!this.isReady) return;
    const blank = this.isNote || this.hasWarned ? null : nextBlank(this.text, 0);
    if (blank) {
      this.hasWarned = true;
      void this.#select(blank);
      return;
    }
    const { text, mode } = this;
    const mentions = this.isNote
      ? [...this.#named].flatMap(([name, userId]) => (text.includes(`@${name}`) ? [userId] : []))
      : [];
    const entry = { kind: mode, text: text.trim(), attachments: this.uploads.done, mentions };
    if (this.#desk.outbox.send(this.#id, entry) === null) {
      toasts.fail(m.desk_outbox_full());
      return;
    }
    this.text = "";
    this.hasWarned = false;
    this.uploads.clear();
    this.#desk.drafts.clear(this.#id, mode);
    this.box?.focus();
  }

  #write(next: string): void {
    this.text = next;
    this.#desk.drafts.set(this.#id, this.mode, next);
  }

  async #select(range: Range): Promise<void> {
    this.#caret = range.end;
    await tick();
    this.box?.focus();
    this.box?.setSelectionRange(range.start, range.end);
  }

  async #useTemplate(templateId: number, at: Range): Promise<void> {
    this.#isClosed = true;
    await attempt(async () => {
      const made = await this.#desk.api.renderTemplate(templateId, this.#id);
      this.insert(made.text, at);
      const blank = nextBlank(made.text, 0);
      if (blank) await this.#select({ start: at.start + blank.start, end: at.start + blank.end });
    });
  }
}
