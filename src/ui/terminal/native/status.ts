/**
 * One's own state over `chatnode.v1`.
 *
 * @module
 */
import type { ChatClient } from "../../../protocol/client/client.ts";
import { ClientError } from "../../../protocol/client/errors.ts";
import type { Show } from "../../../protocol/frames.ts";
import type { OwnStatus, Status } from "../session_extras.ts";

const SHOWS: Readonly<Record<Status, Show>> = {
  ...{ available: "online", away: "away", xa: "away", dnd: "busy", invisible: "offline" },
};

/** See the module's description. A new connection begins `online`: the state is told again. */
export class NativeStatus implements OwnStatus {
  readonly #client: ChatClient;
  #current: Status = "available";
  #text: string | undefined;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  get current(): Status {
    return this.#current;
  }

  async set(status: Status, text?: string): Promise<void> {
    this.#current = status;
    this.#text = text;
    if (this.#client.isConnected) await this.#tell();
  }

  /** A connection is ready. */
  online(): void {
    if (this.#current === "available" && this.#text === undefined) return;
    // Without a connection the next one tells it; a server that refuses has said so before.
    void this.#tell().catch(() => {});
  }

  async #tell(): Promise<void> {
    try {
      await this.#client.presence(SHOWS[this.#current], this.#text);
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== "client/disconnected") throw error;
    }
  }
}
