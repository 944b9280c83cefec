/**
 * Requests of ours and their answers (RFC 6120, 8.2.3). An answer counts when it has the id and
 * comes from whom was asked: ids alone can be guessed, and repeated by others (defect 5 of xmpp.js).
 *
 * @module
 */
import type { Clock, Timer } from "../../../clock.ts";
import { StanzaError, XmppError } from "../errors.ts";
import type { RequestOptions } from "../features/feature.ts";
import { type Jid, readJid } from "../jid.ts";
import { LIMITS } from "../limits.ts";
import { NS } from "../namespaces.ts";
import type { Element } from "../xml.ts";

interface Waiting {
  /** As it was asked; undefined for the own server. */
  readonly to: string | undefined;
  readonly lives: "connection" | "session";
  readonly resolve: (answer: Element) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

/** The requests that wait for an answer. */
export class Requests {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits for the answer to the request `id`, which is written next; {@linkcode LIMITS.requestMs}
   * unless told.
   *
   * @throws {StanzaError} when it is an error
   * @throws {XmppError} `xmpp/timeout`, `xmpp/outbox-full` when too many wait, as {@linkcode failAll}
   */
  wait(
    id: string,
    { to, timeoutMs = LIMITS.requestMs, lives = "connection" }: RequestOptions,
  ): Promise<Element> {
    if (this.#waiting.size >= LIMITS.requests) {
      const state = `${LIMITS.requests} requests wait for an answer`;
      return Promise.reject(new XmppError("xmpp/outbox-full", `Cannot ask: ${state}`));
    }
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMs, () => {
        this.#waiting.delete(id);
        reject(new XmppError("xmpp/timeout", "Cannot get an answer: it takes too long"));
      });
      this.#waiting.set(id, { to, lives, resolve, reject, timer });
    });
  }

  /** An `iq` of type result or error came in; `self` is who we are. False when nobody asked. */
  settle(answer: Element, self: Jid): boolean {
    const { id = "", from, type } = answer.attrs;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || !mayAnswer(from, waiting.to, self)) return false;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    if (type === "result") waiting.resolve(answer);
    else waiting.reject(stanzaError(answer));
    return true;
  }

  /** The connection is gone, and the session may come back. */
  failThoseOfConnection(error: Error): void {
    for (const [id, { lives }] of this.#waiting) if (lives === "connection") this.#fail(id, error);
  }

  /** Nobody will answer any more. */
  failAll(error: Error): void {
    for (const id of [...this.#waiting.keys()]) this.#fail(id, error);
  }

  #fail(id: string, error: Error): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.timer.cancel();
    waiting?.reject(error);
  }
}

/** Whether who answers is who was asked; the server answers for the account and for itself. */
function mayAnswer(from: string | undefined, to: string | undefined, self: Jid): boolean {
  const sender = readJid(from);
  if (from !== undefined && sender === undefined) return false;
  const asked = readJid(to);
  const isOwn = asked === undefined || asked.full === self.bare || asked.full === self.domain;
  if (sender === undefined) return isOwn;
  if (asked === undefined) return [self.bare, self.full, self.domain].includes(sender.full);
  return sender.full === asked.full;
}

/** The error that a stanza of type `error` holds. */
export function stanzaError(stanza: Element): StanzaError {
  const error = stanza.getChild("error");
  const children = error?.getChildElements() ?? [];
  const condition = children.find((child) =>
    child.getNS() === NS.stanzaErrors && child.getName() !== "text"
  );
  const text = children.find((child) => child.is("text", NS.stanzaErrors))?.text() ?? "";
  const detail = children.find((child) => child.getNS() !== NS.stanzaErrors)?.getName();
  const { type = "" } = error?.attrs ?? {};
  return new StanzaError(named(condition?.getName()) ?? "undefined-condition", {
    type: named(type) ?? "",
    text: text.slice(0, 1_024),
    detail: named(detail),
  });
}

/** A name as the standards have them; others could be anything. */
function named(name: string | undefined): string | undefined {
  return /^[a-z][a-z-]{0,63}$/.exec(name ?? "")?.[0];
}
