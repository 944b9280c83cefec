/**
 * What was said in rooms and refused because it came before one was back in them: the outbox of a
 * session is written as soon as there is a connection.
 *
 * @module
 */
import { readJid } from "../jid.ts";
import { stanzaError } from "../session/requests.ts";
import type { Element } from "../xml.ts";
import type { OutgoingMessage } from "./messages.ts";
import { Remembered } from "./remembered.ts";

/** Messages that a room has not yet handed on. */
const UNHEARD_MOST = 1_000;

/** See the module's description. */
export class UnheardMessages {
  readonly #sent = new Remembered<string, OutgoingMessage>(UNHEARD_MOST);
  readonly #refused = new Map<string, OutgoingMessage[]>();

  /** It was written. */
  sent(message: OutgoingMessage, id: string): void {
    this.#sent.set(id, message);
  }

  /** The room has handed it on. */
  heard(id: string | undefined): void {
    if (id !== undefined) this.#sent.delete(id);
  }

  /** The room that refused a message only because one was not in it; else undefined. */
  refused(stanza: Element): string | undefined {
    const { type, id = "", from } = stanza.attrs;
    const room = readJid(from);
    const message = this.#sent.get(id);
    if (type !== "error" || message === undefined || room?.resource !== "") return undefined;
    if (readJid(message.to)?.bare !== room.bare) return undefined;
    // Once: who is refused again is told.
    this.#sent.delete(id);
    if (stanzaError(stanza).condition !== "not-acceptable") return undefined;
    this.#refused.set(room.bare, [...this.#refused.get(room.bare) ?? [], { ...message, id }]);
    return room.bare;
  }

  /** What is to be said again now that one is in the room. */
  take(room: string): readonly OutgoingMessage[] {
    const waiting = this.#refused.get(room) ?? [];
    this.#refused.delete(room);
    return waiting;
  }
}
