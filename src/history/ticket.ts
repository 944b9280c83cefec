/**
 * What one append waits with while its line is on the way to the disk.
 *
 * @module
 */
import type { Address } from "../message/event.ts";
import type { Appended, Committed, StoredEvent } from "./contract.ts";
import type { KeyWindow } from "./key_window.ts";
import type { HistoryError } from "./errors.ts";
import type { RoomNumbers } from "./rooms.ts";

/** Whether an event was taken in from its author or came signed from elsewhere. */
export type Origin = "own" | "foreign";

/** See the module's description. It is what commit listeners get, so no event is wrapped twice. */
export interface Ticket extends Committed {
  readonly stored: StoredEvent;
  readonly room: RoomNumbers;
  readonly sender: Address;
  readonly kind: Origin;
  /** Its number in a chain of this device, if it has one. */
  readonly seq: number | undefined;
  /** The window that its author's key stands in, if it has one. */
  readonly window: KeyWindow | undefined;
  /** A foreign writer's name. */
  readonly writer: string | undefined;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: HistoryError) => void;
}
