/** A WebSocket that comes back by itself. It knows frames and time, and nothing of what the frames mean. */

export const PING_EVERY_MS = 10_000;
export const SILENCE_MS_MAX = 25_000;
export const BACKOFF_MS_MIN = 300;
export const BACKOFF_MS_MAX = 10_000;

/** The server's own close codes after which trying again with the same credentials is pointless. */
const REFUSALS = [4400, 4401, 4403];

export type SocketState = "connecting" | "live" | "reconnecting" | "closed";

export interface TaggedFrame {
  readonly type: string;
}

/** The part of the browser's WebSocket this needs; tests bring their own. */
export interface WebSocketLike {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface SocketOptions<Out extends TaggedFrame, In extends TaggedFrame> {
  url: string;
  /** Makes the first frame of each connection; a rejection counts as a failed attempt. */
  hello: () => Promise<Out>;
  onFrame: (frame: In) => void;
  onState: (state: SocketState) => void;
  /** The server will not have us with these credentials; the socket stays closed until `retryNow`. */
  onRefused: (code: number) => void;
  connect?: (url: string) => WebSocketLike;
  random?: () => number;
}

export interface Socket<Out extends TaggedFrame> {
  /** Sends when live; returns false (and drops the frame) when not. */
  send(frame: Out): boolean;
  /** Skips the rest of a backoff: the network came back, the tab became visible. */
  retryNow(): void;
  close(): void;
}

/** Returns the wait before attempt `n` (1 = first retry): full jitter below a doubling ceiling. */
export function backoffMs(n: number, random: () => number): number {
  const ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** n);
  return BACKOFF_MS_MIN + random() * (ceiling - BACKOFF_MS_MIN);
}

/** Opens the socket; `welcome` as the server's first frame makes it live. */
export function openSocket<Out extends TaggedFrame, In extends TaggedFrame>(
  options: SocketOptions<Out, In>,
): Socket<Out> {
  const connect = options.connect ?? ((url: string): WebSocketLike => new WebSocket(url));
  const random = options.random ?? Math.random;
  let state: SocketState = "connecting";
  let socket: WebSocketLike | null = null;
  let attempts = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let pingTimer: ReturnType<typeof setTimeout> | undefined;
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;

  const move = (next: SocketState): void => {
    if (state === next) return;
    state = next;
    options.onState(next);
  };

  const drop = (): void => {
    clearTimeout(pingTimer);
    clearTimeout(silenceTimer);
    clearTimeout(retryTimer);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    socket = null;
  };

  const retryLater = (): void => {
    drop();
    move("reconnecting");
    attempts += 1;
    retryTimer = setTimeout(start, backoffMs(attempts, random));
  };

  /** A server that accepts the connection and then says nothing is silence too. */
  const watchSilence = (): void => {
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(retryLater, SILENCE_MS_MAX);
  };

  /** Timed from the answer and not by an interval: browsers slow a hidden page's chained timers to 1/min. */
  const pingLater = (own: WebSocketLike): void => {
    clearTimeout(pingTimer);
    pingTimer = setTimeout(() => own.send('{"type":"ping"}'), PING_EVERY_MS);
  };

  const start = (): void => {
    drop();
    const own = connect(options.url);
    socket = own;
    watchSilence();
    own.onopen = () => {
      options.hello().then(
        (frame) => socket === own && own.send(JSON.stringify(frame)),
        () => socket === own && retryLater(),
      );
    };
    own.onmessage = (event) => {
      watchSilence();
      const frame = JSON.parse(String(event.data)) as In;
      if (frame.type === "welcome") {
        attempts = 0;
        move("live");
      }
      if (frame.type === "welcome" || frame.type === "pong") pingLater(own);
      if (frame.type !== "pong") options.onFrame(frame);
    };
    own.onclose = (event) => {
      if (!REFUSALS.includes(event.code)) return retryLater();
      drop();
      move("closed");
      options.onRefused(event.code);
    };
  };

  start();
  return {
    send(frame) {
      if (state !== "live" || !socket) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    retryNow() {
      if (state !== "live") start();
    },
    close() {
      drop();
      move("closed");
    },
  };
}
