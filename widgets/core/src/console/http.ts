/** HTTP for the whole console: one place that knows cookies, CSRF, time-outs and problem documents. */

export const REQUEST_MS_MAX = 15_000;
export const UPLOAD_MS_MAX = 120_000;

/** The server's refusal: which rule, and what it found. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly found: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, found: Record<string, unknown> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.found = found;
  }

  /** Whether the same request may succeed later without a change. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer came: the network is down or the server did not answer in time. */
export class Offline extends Error {}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface HttpOptions {
  /** The CSRF token of the session, or null before sign-in. */
  csrf: () => string | null;
  /** The session is over: every answer 401 says so. */
  onSignedOut?: () => void;
  base?: string;
  fetch?: typeof fetch;
}

function queryText(query: Query | undefined): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") pairs.set(name, String(value));
  }
  const text = pairs.toString();
  return text ? `?${text}` : "";
}

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const text = (name: string, otherwise: string): string =>
    typeof body[name] === "string" ? body[name] : otherwise;
  return new Problem(
    response.status,
    text("code", `http_${response.status}`),
    text("detail", text("title", response.statusText)),
    (body.found as Record<string, unknown> | undefined) ?? {},
  );
}

/** Sends requests under `/v1` and gives back decoded bodies. Throws `Problem` or `Offline`. */
export class Http {
  private readonly options: HttpOptions;
  private readonly base: string;

  constructor(options: HttpOptions) {
    this.options = options;
    this.base = options.base ?? "/v1";
  }

  get<T>(path: string, query?: Query): Promise<T> {
    return this.request<T>("GET", path + queryText(query));
  }

  /** `key` makes a write safe to send twice; without it each call is a write of its own. */
  post<T = void>(path: string, body?: unknown, key: string = crypto.randomUUID()): Promise<T> {
    return this.request<T>("POST", path, body, { "Idempotency-Key": key });
  }

  put<T = void>(path: string, body?: unknown): Promise<T> {
    return this.request<T>("PUT", path, body);
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.request<T>("PATCH", path, body);
  }

  delete<T = void>(path: string): Promise<T> {
    return this.request<T>("DELETE", path);
  }

  private async request<T>(method: string, path: string, body?: unknown, more: HeadersInit = {}): Promise<T> {
    const isForm = body instanceof FormData;
    const headers = new Headers(more);
    const csrf = this.options.csrf();
    if (csrf && method !== "GET") headers.set("X-CSRF-Token", csrf);
    if (body !== undefined && !isForm) headers.set("Content-Type", "application/json");
    const send = this.options.fetch ?? fetch;
    let response: Response;
    try {
      response = await send(this.base + path, {
        method,
        headers,
        credentials: "same-origin",
        body: isForm ? body : body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(isForm ? UPLOAD_MS_MAX : REQUEST_MS_MAX),
        keepalive: method === "PUT",
      });
    } catch (error) {
      throw new Offline(error instanceof Error ? error.message : String(error));
    }
    if (!response.ok) {
      const problem = await problemOf(response);
      if (problem.status === 401) this.options.onSignedOut?.();
      throw problem;
    }
    if (response.status === 204 || response.headers.get("Content-Length") === "0") return undefined as T;
    return (await response.json()) as T;
  }
}
