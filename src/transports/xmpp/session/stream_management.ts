/**
 * Stream management (XEP-0198): both sides count stanzas, so that a session outlives its
 * connection. Counts are taken the moment a stanza is parsed or written, in no callback and no
 * middleware (defect 3 of xmpp.js).
 *
 * @module
 */
import { protocolFault } from "../errors.ts";
import { NS } from "../namespaces.ts";
import { type Element, xml } from "../xml.ts";

/** Counters wrap at 2^32 (XEP-0198, 4). */
const WRAP = 2 ** 32;

/** A stanza that was sent, and whatever its sender wants to know it by. */
export interface Sent {
  readonly element: Element;
}

/** The state of one resumable session; survives its connections. */
export class StreamManagement<Entry extends Sent> {
  /** What the server calls the session; empty while it cannot be resumed. */
  readonly id: string;
  /** How long the server keeps it, milliseconds; undefined when it does not say. */
  readonly keptMs: number | undefined;
  #received = 0;
  #acknowledged = 0;
  #unacknowledged: Entry[] = [];

  /** @param enabled the server's `enabled`, from which on both sides count */
  constructor(enabled: Element) {
    const { id = "", resume = "", max = "" } = enabled.attrs;
    const isResumable = resume === "true" || resume === "1";
    this.id = isResumable ? id.slice(0, 4_096) : "";
    this.keptMs = /^[0-9]{1,7}$/.test(max) ? Number(max) * 1_000 : undefined;
  }

  /** Stanzas that were sent and not acknowledged. */
  get inFlight(): number {
    return this.#unacknowledged.length;
  }

  /** A stanza was parsed. */
  received(): void {
    this.#received = (this.#received + 1) % WRAP;
  }

  /** A stanza was written. */
  sent(entry: Entry): void {
    this.#unacknowledged.push(entry);
  }

  /** What tells the server how far we are. */
  acknowledgement(): Element {
    return xml("a", { xmlns: NS.streamManagement, h: this.#received });
  }

  /** What asks to go on with the session on a new connection. */
  resumption(): Element {
    return xml("resume", { xmlns: NS.streamManagement, h: this.#received, previd: this.id });
  }

  /**
   * The server has so many; gives the stanzas that it has now and had not before.
   *
   * @throws {XmppError} `xmpp/protocol` when it has more than there were
   */
  acknowledged(h: string | undefined): Entry[] {
    const count = counter(h);
    if (count === undefined) throw protocolFault("the server's count of stanzas is no number");
    const more = (count - this.#acknowledged + WRAP) % WRAP;
    if (more > this.#unacknowledged.length) {
      throw protocolFault("the server acknowledges more than was sent");
    }
    this.#acknowledged = count;
    return this.#unacknowledged.splice(0, more);
  }

  /** What has to be written again on a resumed session, in order; they stay unacknowledged. */
  get outstanding(): readonly Entry[] {
    return this.#unacknowledged;
  }
}

function counter(h: string | undefined): number | undefined {
  if (h === undefined || !/^[0-9]{1,10}$/.test(h)) return undefined;
  const count = Number(h);
  return count < WRAP ? count : undefined;
}
