/** Files on their way into a message: shown at once, uploaded at once, sent with the message. */
import type { Api } from "@ucc/core/console/api";
import type { Attachment } from "@ucc/wire";
import { sentenceOf } from "../app/problem";
import { m } from "../paraglide/messages";
import { sizeWords } from "./words";

export const FILES_MAX = 10;
export const FILE_BYTES_MAX = 10_485_760;

export interface Upload {
  readonly key: string;
  readonly file: File;
  /** An address of the picture in this browser; null for what is no picture. */
  readonly preview: string | null;
  state: "uploading" | "done" | "failed";
  reason: string;
  attachment: Attachment | null;
}

export class Uploads {
  list = $state<Upload[]>([]);
  #api: Api;
  #conversationId: number;

  constructor(api: Api, conversationId: number) {
    this.#api = api;
    this.#conversationId = conversationId;
  }

  get isBusy(): boolean {
    return this.list.some((one) => one.state === "uploading");
  }

  get done(): Attachment[] {
    return this.list.flatMap((one) => one.attachment ?? []);
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      if (this.list.length >= FILES_MAX) return;
      const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
      const key = crypto.randomUUID();
      const isTooLarge = file.size > FILE_BYTES_MAX;
      const reason = isTooLarge
        ? m.desk_file_too_large({ size: sizeWords(file.size), limit: sizeWords(FILE_BYTES_MAX) })
        : "";
      this.list.push({
        key,
        file,
        preview,
        state: isTooLarge ? "failed" : "uploading",
        reason,
        attachment: null,
      });
      if (!isTooLarge) void this.#send(key);
    }
  }

  retry(key: string): void {
    const one = this.#find(key);
    if (!one || one.file.size > FILE_BYTES_MAX) return;
    one.state = "uploading";
    void this.#send(key);
  }

  remove(key: string): void {
    const preview = this.#find(key)?.preview;
    if (preview) URL.revokeObjectURL(preview);
    this.list = this.list.filter((one) => one.key !== key);
  }

  clear(): void {
    for (const one of [...this.list]) this.remove(one.key);
  }

  #find(key: string): Upload | undefined {
    return this.list.find((one) => one.key === key);
  }

  async #send(key: string): Promise<void> {
    const one = this.#find(key);
    if (!one) return;
    try {
      const attachment = await this.#api.upload(this.#conversationId, one.file, one.file.name || "image.png");
      const still = this.#find(key);
      if (still) Object.assign(still, { attachment, state: "done" });
    } catch (error) {
      const still = this.#find(key);
      if (still) Object.assign(still, { state: "failed", reason: sentenceOf(error) });
    }
  }
}
