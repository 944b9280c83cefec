/**
 * Events that did not come by themselves, fetched from the history.
 *
 * @module
 */
import type { RoomId } from "../../../message/event.ts";
import type { ChatClient } from "../../../protocol/client/client.ts";
import { ClientError } from "../../../protocol/client/errors.ts";
import type { Placed } from "../../../protocol/frames.ts";
import type { SessionEvent } from "../session.ts";

/** Offsets of a room: from the first on, up to but without the second. */
export interface Gap {
  readonly room: RoomId;
  readonly from: number;
  readonly to: number;
}

/** Events of one gap that are fetched by themselves; the newest, when there are more. */
const GAP_MOST = 1_000;
const PAGE = 200;

/** See the module's description. */
export class Gaps {
  readonly #client: ChatClient;
  readonly #waiting: Gap[] = [];

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** Keeps a gap until it can be filled. */
  add(gap: Gap): void {
    this.#waiting.push(gap);
  }

  /** Fetches; what fails for want of a connection is tried the next time. */
  async *fill(): AsyncIterableIterator<
    Placed & { readonly room: RoomId } | Extract<SessionEvent, { kind: "skipped" }>
  > {
    for (let gap = this.#waiting.shift(); gap !== undefined; gap = this.#waiting.shift()) {
      const { room, to } = gap;
      const skipped = to - gap.from - GAP_MOST;
      let from = Math.max(gap.from, to - GAP_MOST);
      if (skipped > 0) yield { kind: "skipped", room, count: skipped };
      while (from < to) {
        const page = await this.#page({ room, from, to });
        if (page === undefined) {
          this.#waiting.unshift({ room, from, to });
          return;
        }
        from = page.next;
        for (const placed of page.events) yield { ...placed, room };
      }
    }
  }

  /** Undefined without a connection. A room that may not be read any more has nothing left. */
  async #page(
    { room, from, to }: Gap,
  ): Promise<{ readonly events: readonly Placed[]; readonly next: number } | undefined> {
    try {
      const limit = Math.min(PAGE, to - from);
      const { events } = await this.#client.history(room, { from, limit });
      const within = events.filter(({ offset }) => offset < to);
      const last = within.at(-1)?.offset;
      return { events: within, next: last === undefined ? to : last + 1 };
    } catch (error) {
      if (error instanceof ClientError && error.code !== "client/closed") return undefined;
      return { events: [], next: to };
    }
  }
}
