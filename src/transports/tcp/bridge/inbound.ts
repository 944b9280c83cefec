/**
 * What an original server tells, on its way into the lobby.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { ChatnodeError } from "../../../errors.ts";
import type { Hub } from "../../../hub/contract.ts";
import { HubError } from "../../../hub/errors.ts";
import { getLogger } from "../../../log.ts";
import { Intake } from "../intake.ts";
import { LOBBY } from "../participant.ts";
import type { Echoes } from "./echoes.ts";
import { pause } from "./pause.ts";
import { authorOf, readUpstream } from "./upstream.ts";

/** The door of what comes from upstream. */
export const VIA = "bridge";

/** How long a message waits that cannot be stored now, milliseconds. */
const RETRY_MS = 1_000;

const log = getLogger(["bridge"]);

/** What it works with. */
export interface InboundParts {
  readonly hub: Pick<Hub, "publish">;
  readonly clock: Clock;
  /** Of people upstream. */
  readonly domain: string;
  readonly echoes: Echoes;
  /** Once it aborts, everything is tried once more and nothing is waited for. */
  readonly stop: AbortSignal;
}

/** See the module's description. */
export class Inbound {
  readonly #parts: InboundParts;

  constructor(parts: InboundParts) {
    this.#parts = parts;
  }

  /** Stores the frames of one connection, one after the other; it is read no faster than that. */
  intake(flow: { pause(): void; resume(): void }): Intake<string> {
    return new Intake<string>(
      {
        ...{ pause: () => flow.pause(), resume: () => flow.resume() },
        isAlone: () => true,
        handle: (frame) => this.#publish(frame),
      },
      this.#parts.clock,
      { burst: 1, ratePerSecond: Infinity },
    );
  }

  /** Never rejects. */
  async #publish(frame: string): Promise<void> {
    const { hub, clock, domain, echoes, stop } = this.#parts;
    const message = readUpstream(frame, domain);
    if (message === undefined) return;
    const { alias, text } = message;
    if (echoes.isOfUs(alias, text) || echoes.isWithin(text)) return;
    const author = { identity: authorOf(alias, domain), via: VIA };
    const content = { body: text, msgtype: "m.text" };
    for (;;) {
      try {
        await hub.publish(author, { room: LOBBY, type: "m.room.message", content });
        return;
      } catch (error) {
        const wait = retryAfter(error);
        if (wait === undefined || stop.aborted) {
          return log.error("Cannot pass a message on: {error}", { error });
        }
        await pause(clock, wait, stop);
      }
    }
  }
}

/** How long to wait before the same can work; undefined when it never will. */
function retryAfter(error: unknown): number | undefined {
  if (error instanceof HubError) return error.retryAfterMs;
  const passing = error instanceof ChatnodeError &&
    ["history/full", "history/io", "history/busy"].includes(error.code);
  return passing ? RETRY_MS : undefined;
}
