/** The visitor's requests: the first message and attachments. */

import type { Attachment, VisitorStart, VisitorStarted } from "@ucc/wire";
import { ErrorCode } from "@ucc/wire";

/** The server's refusal, or `unavailable` when it cannot be reached. */
export class RequestRefused extends Error {
  readonly code: string;
  readonly retryAfterMs: number | null;

  constructor(code: string, detail: string, retryAfterMs: number | null = null) {
    super(detail);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What the widget reads of a problem document. */
interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly found: { readonly retry_after_s?: number };
}

export interface Rest {
  start(message: VisitorStart): Promise<VisitorStarted>;
  upload(file: File, token: string, onProgress: (share: number) => void): Promise<Attachment>;
}

/** Returns the requests of the inbox `key` at `server` (https://host). */
export function restOf(server: string, key: string): Rest {
  const inbox = `${server}/v1/widget/${encodeURIComponent(key)}`;
  return {
    start: (message) =>
      ask(`${inbox}/start`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(message),
      }),
    upload: (file, token, onProgress) => upload(`${server}/v1/widget/attachments`, file, token, onProgress),
  };
}

async function ask<R>(url: string, init: RequestInit): Promise<R> {
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, credentials: "omit" });
  } catch {
    throw new RequestRefused(ErrorCode.UNAVAILABLE, "no connection");
  }
  if (!answer.ok) throw refusal(answer.status, await answer.text());
  return (await answer.json()) as R;
}

function refusal(status: number, body: string): RequestRefused {
  try {
    const { code, detail = "", found } = JSON.parse(body) as Partial<Problem>;
    const wait = found?.retry_after_s;
    if (code) return new RequestRefused(code, detail, wait ? wait * 1_000 : null);
  } catch {
    // a proxy's page and not a problem document: the status must do
  }
  return new RequestRefused(status < 500 ? ErrorCode.REFUSED : ErrorCode.UNAVAILABLE, `HTTP ${status}`);
}

/** By XMLHttpRequest, because fetch tells no progress of a request. */
function upload(
  url: string,
  file: File,
  token: string,
  onProgress: (share: number) => void,
): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = (step) => onProgress(step.total ? step.loaded / step.total : 0);
    request.onerror = () => reject(new RequestRefused(ErrorCode.UNAVAILABLE, "no connection"));
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText) as Attachment);
      else reject(refusal(request.status, request.responseText));
    };
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}
