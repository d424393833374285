/** Where a transfer or a question goes, and what that is called. */
import type { TransferWrite } from "@ucc/wire";
import { m } from "../paraglide/messages";

export interface Target {
  readonly to: Omit<TransferWrite, "note">;
  readonly name: string;
}

/** What the form is about. */
export interface FormWords {
  readonly title: string;
  readonly to: string;
  readonly note: string;
  readonly noteHint: string;
  readonly send: string;
}

export function transferForm(): FormWords {
  return {
    title: m.desk_transfer(),
    to: m.desk_transfer_to(),
    note: m.desk_transfer_note(),
    noteHint: m.desk_transfer_note_hint(),
    send: m.desk_send(),
  };
}

export function consultForm(): FormWords {
  return {
    title: m.desk_consult(),
    to: m.desk_consult_to(),
    note: m.desk_consult_note(),
    noteHint: m.desk_consult_note_hint(),
    send: m.desk_consult_send(),
  };
}
