/**
 * One account's mailbox while somebody polls it: a session of the hub that feeds a receive queue,
 * begun with what the history holds beyond the account's cursors.
 *
 * @module
 */
import type { Identity } from "../../accounts/contract.ts";
import type { Clock } from "../../clock.ts";
import type { History, StoredEvent } from "../../history/contract.ts";
import type { Dialect, EndReason, Hub, Origin, Session, Signal } from "../../hub/contract.ts";
import { getLogger } from "../../log.ts";
import { type Backlog, backlogOf, readBacklog } from "./backlog.ts";
import type { Cursors } from "./cursors.ts";
import { serverMessage } from "./message.ts";
import { type Item, type ReceiveLimits, ReceiveQueue } from "./receive_queue.ts";
import { LOBBY, renderSignal } from "./render.ts";
import { FAREWELLS } from "./words.ts";

/** What polling clients are told, as items that all queues share. */
export class PollDialect implements Dialect<readonly Item[]> {
  readonly name = "alonechat-http";
  readonly echo = true;
  readonly #node: string;

  constructor(node: string) {
    this.#node = node;
  }

  encode(signals: readonly Signal[]): readonly Item[] | undefined {
    const items = signals.flatMap((signal): Item[] => {
      const message = renderSignal(signal, this.#node);
      if (message === undefined) return [];
      if (signal.kind !== "event") return [{ message }];
      return [{ message, place: placeOf(signal.stored) }];
    });
    return items.length === 0 ? undefined : items;
  }
}

/** What a mailbox works with. */
export interface MailboxParts {
  readonly hub: Hub;
  readonly history: Pick<History, "room" | "rooms" | "read">;
  readonly dialect: PollDialect;
  readonly limits: ReceiveLimits;
  readonly clock: Clock;
}

/** See the module's description. */
export class Mailbox {
  readonly queue: ReceiveQueue;
  readonly #parts: MailboxParts;
  readonly #session: Session;
  readonly #ended: () => void;
  /** What comes live while the backlog is read; undefined once that is done. */
  #held: Item[] | undefined = [];
  #open = true;
  /** Resolves when the backlog stands in the queue. @throws whatever reading the history throws */
  readonly ready: Promise<void>;

  /**
   * Connects the account to the hub.
   *
   * @param ended called once when the session is over, whoever ended it
   * @throws {HubError} as `Hub.connect`
   */
  constructor(
    parts: MailboxParts,
    who: { readonly identity: Identity; readonly origin: Origin; readonly cursors: Cursors },
    ended: () => void,
  ) {
    this.#parts = parts;
    this.#ended = ended;
    this.queue = new ReceiveQueue(parts.limits, parts.clock);
    // Each poll shows its own token, so the session is not bound to that of the first one.
    const { address, name, role } = who.identity;
    this.#session = parts.hub.connect({ address, name, role }, {
      dialect: parts.dialect,
      via: who.origin.via,
      send: (batch) => this.#take(batch as readonly Item[]),
      drained: () => Promise.resolve(),
      end: (reason) => this.#end(reason),
    }, who.origin);
    this.#enter();
    // In the same turn: what is committed from here on comes live.
    const backlog = backlogOf(parts.history, address, who.cursors, parts.limits.messages);
    this.ready = this.#fill(backlog, who.cursors);
    this.ready.catch(() => this.close());
  }

  /** False once the session is over. */
  get open(): boolean {
    return this.#open;
  }

  /** Puts something that is not stored into the queue. */
  tell(item: Item): void {
    this.#take([item]);
  }

  /** Ends the session and what waits for it. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.queue.end("nothing");
    this.#session.close();
    this.#ended();
  }

  #enter(): void {
    try {
      this.#session.join(LOBBY);
    } catch (error) {
      this.#session.close();
      throw error;
    }
  }

  async #fill(backlog: readonly Backlog[], cursors: Cursors): Promise<void> {
    const { history, limits } = this.#parts;
    for (const [room, offset] of cursors) this.queue.reach(room, offset);
    const events = await readBacklog(history, backlog, limits.messages);
    const signals = events.map((stored) => ({ kind: "event", stored }) as const);
    for (const item of this.#parts.dialect.encode(signals) ?? []) this.queue.push(item);
    // What shows nothing, and what is too old for the queue, counts as received too.
    for (const { room, next } of backlog) this.queue.reach(room, next);
    if (events.length > 0) {
      getLogger(["alonechat"]).debug("{count} messages waited for {name}", {
        count: events.length,
        name: this.#session.identity.name,
      });
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#take(held);
  }

  #take(items: readonly Item[]): void {
    if (this.#held !== undefined) this.#held.push(...items);
    else for (const item of items) this.queue.push(item);
  }

  #end(reason: EndReason): void {
    if (reason === "kicked") this.tell({ message: serverMessage(FAREWELLS.kicked.text ?? "") });
    if (reason === "revoked") this.queue.end("revoked");
    this.close();
  }
}

function placeOf({ room, offset }: StoredEvent): { room: string; offset: number } {
  return { room, offset };
}
