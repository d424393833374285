/** What the widget knows of its chat, and how each piece of news changes it. Pure: time comes in as a fact. */

import {
  Author,
  ErrorCode,
  SystemCode,
  type VisitorEntry,
  type VisitorStart,
  type VisitorState,
  type WidgetFrame,
  WidgetFrameType,
} from "@ucc/wire";
import type { SocketState } from "../socket";

export const TYPING_MS = 5_000;
export const RETRY_MS = 3_000;

/** A file of an unsent message; `attachment_id` comes with the end of its upload. */
export interface PendingFile {
  readonly key: string;
  readonly file: File;
  readonly attachment_id: number | null;
  /** Sent part, 0–1. */
  readonly progress: number;
}

/** Why a message was not taken. */
export interface Failure {
  readonly code: string;
  readonly detail: string;
}

/** A message on its way; it leaves the list when its entry arrives. */
export interface Pending {
  readonly client_id: string;
  readonly at_ms: number;
  readonly text: string;
  readonly files: readonly PendingFile[];
  /** What opens the conversation, if this is its first message. */
  readonly start: Omit<VisitorStart, "client_id" | "text"> | null;
  readonly failure: Failure | null;
}

export interface ChatState {
  readonly connection: SocketState | "off";
  readonly visitor: VisitorState | null;
  /** Ascending by seq; entries only colleagues see leave gaps. */
  readonly entries: readonly VisitorEntry[];
  readonly pending: readonly Pending[];
  readonly typing: { readonly name: string | null; readonly until_ms: number } | null;
  /** What this visitor has seen, on any page or tab. */
  readonly read_seq: number;
  /** Sending rests until then: too fast, or the server could not be reached. */
  readonly pause: { readonly code: string; readonly until_ms: number } | null;
  /** The server's time when this page was first welcomed: what is older was there before, no sound for it. */
  readonly welcomed_ms: number | null;
}

export const EMPTY: ChatState = {
  connection: "off",
  visitor: null,
  entries: [],
  pending: [],
  typing: null,
  read_seq: 0,
  pause: null,
  welcomed_ms: null,
};

export const headSeq = (state: ChatState): number => state.entries.at(-1)?.seq ?? 0;

/** Returns the messages of the agent that this visitor has not seen. */
export const unread = (state: ChatState): number =>
  state.entries.filter((entry) => entry.seq > state.read_seq && isFromTeam(entry)).length;

export const isFromTeam = (entry: VisitorEntry): boolean =>
  entry.author === Author.AGENT || entry.author === Author.BOT;

/** Puts an entry in its place; its pending message, if it was ours, is done. */
export function addEntry(state: ChatState, entry: VisitorEntry): ChatState {
  const rest = state.entries.filter((other) => other.seq !== entry.seq);
  const at = rest.findIndex((other) => other.seq > entry.seq);
  const entries = rest.toSpliced(at < 0 ? rest.length : at, 0, entry);
  const pending = state.pending.filter((one) => one.client_id !== entry.client_id);
  const typing = isFromTeam(entry) ? null : state.typing;
  return { ...state, entries, pending, typing };
}

/** Says whether an entry is news to whoever looks at this page: the agent's, or somebody joined. */
export const isNews = (state: ChatState, entry: VisitorEntry): boolean =>
  state.welcomed_ms !== null &&
  entry.at_ms > state.welcomed_ms &&
  (isFromTeam(entry) || entry.system?.code === SystemCode.JOINED);

/** Changes one pending message. */
export function changePending(state: ChatState, clientId: string, change: Partial<Pending>): ChatState {
  const pending = state.pending.map((one) => (one.client_id === clientId ? { ...one, ...change } : one));
  return { ...state, pending };
}

/** Changes one file of a pending message. */
export function changeFile(
  state: ChatState,
  clientId: string,
  key: string,
  change: Partial<PendingFile>,
): ChatState {
  const one = state.pending.find((other) => other.client_id === clientId);
  if (!one) return state;
  const files = one.files.map((file) => (file.key === key ? { ...file, ...change } : file));
  return changePending(state, clientId, { files });
}

/** Returns the message with its files to be uploaded anew: attachments belong to one conversation. */
export const withoutUploads = (one: Pending): Pending => ({
  ...one,
  files: one.files.map((file) => ({ ...file, attachment_id: null, progress: 0 })),
});

/** Adds a message on its way, oldest first, once. */
export function addPending(state: ChatState, one: Pending): ChatState {
  const isStored = state.entries.some((entry) => entry.client_id === one.client_id);
  if (isStored || state.pending.some((other) => other.client_id === one.client_id)) return state;
  return { ...state, pending: [...state.pending, one].sort((a, b) => a.at_ms - b.at_ms) };
}

/** Says whether this is another conversation: after a long time a message begins a new one, from seq 1. */
export const isAnother = (state: ChatState, next: VisitorState): boolean =>
  state.visitor !== null && state.visitor.conversation_id !== next.conversation_id;

function enter(state: ChatState, next: VisitorState): ChatState {
  const fresh = isAnother(state, next) ? { entries: [], read_seq: 0 } : {};
  return { ...state, ...fresh, visitor: next };
}

/** Applies a frame of the server. */
export function applyFrame(state: ChatState, frame: WidgetFrame, nowMs: number): ChatState {
  switch (frame.type) {
    case WidgetFrameType.WELCOME:
      return { ...enter(state, frame.state), welcomed_ms: state.welcomed_ms ?? frame.now_ms };
    case WidgetFrameType.ENTRY:
      return addEntry(state, frame.entry);
    case WidgetFrameType.STATE:
      return enter(state, frame.state);
    case WidgetFrameType.TYPING:
      return { ...state, typing: { name: frame.name, until_ms: nowMs + TYPING_MS } };
    case WidgetFrameType.REFUSED:
      return refuse(state, frame.client_id, frame, frame.retry_after_ms, nowMs);
    default:
      return state;
  }
}

/** A message was not taken: wait where waiting helps, else tell the visitor. */
export function refuse(
  state: ChatState,
  clientId: string | null,
  failure: Failure,
  retryAfterMs: number | null,
  nowMs: number,
): ChatState {
  if (clientId === null) return state; // a signal was too much: nobody waits for it
  const isPassing = failure.code === ErrorCode.TOO_MANY || failure.code === ErrorCode.UNAVAILABLE;
  if (isPassing) {
    return { ...state, pause: { code: failure.code, until_ms: nowMs + (retryAfterMs ?? RETRY_MS) } };
  }
  return changePending(state, clientId, { failure: { code: failure.code, detail: failure.detail } });
}

const isOver = (timed: { readonly until_ms: number } | null, nowMs: number): boolean =>
  timed !== null && timed.until_ms <= nowMs;

/** Forgets what has run out by now: typing, a pause. */
export function expire(state: ChatState, nowMs: number): ChatState {
  if (!isOver(state.typing, nowMs) && !isOver(state.pause, nowMs)) return state;
  return {
    ...state,
    typing: isOver(state.typing, nowMs) ? null : state.typing,
    pause: isOver(state.pause, nowMs) ? null : state.pause,
  };
}

/** Returns the message to send next: the oldest that has not failed, unless sending rests. */
export function nextToSend(state: ChatState): Pending | null {
  if (state.pause) return null;
  return state.pending.find((one) => one.failure === null) ?? null;
}
