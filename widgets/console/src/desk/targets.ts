/** Where a transfer goes, and what that is called. */
import type { TransferWrite } from "@ucc/wire";

export interface Target {
  readonly to: Omit<TransferWrite, "note">;
  readonly name: string;
}
