/**
 * Does what was entered, in its order where that matters, and says what went wrong.
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";
import { MOVES, perform } from "../perform.ts";
import type { Request } from "../requests.ts";
import { type FloorScreen, ScreenFloor } from "./floor.ts";
import type { Desk } from "./model/desk.ts";

/** What it works with. */
export interface PerformingParts {
  readonly desk: Desk;
  readonly screen: FloorScreen;
  /** Leaves without waiting for anything. */
  leave(): void;
  /** Something looks different. */
  changed(): void;
  /** The program is at fault. */
  failed(error: unknown): void;
}

/** See the module's description. */
export class Performing {
  readonly #parts: PerformingParts;
  /** What is entered behind `/join` belongs into that room. */
  #moved: Promise<void> = Promise.resolve();

  constructor(parts: PerformingParts) {
    this.#parts = parts;
  }

  perform(request: Request): void {
    const performed = this.#moved.then(() => this.#attempt(request));
    if (MOVES.has(request.do)) this.#moved = performed;
  }

  /** Never rejects. */
  async #attempt(request: Request): Promise<void> {
    const { desk: { account, current }, screen, leave, changed, failed } = this.#parts;
    const conversation = current?.conversation;
    if (account === undefined) return;
    if (account.session === undefined) {
      if (request.do === "quit") return leave();
      const state = "Cannot do this: the account is still connecting";
      return account.fault(conversation, new ChatnodeError("client/connecting", state));
    }
    const floor = new ScreenFloor(account, account.session, conversation, screen);
    try {
      await perform(request, floor);
    } catch (error) {
      if (error instanceof ChatnodeError) account.fault(conversation, error);
      else failed(error);
    }
    changed();
  }
}
