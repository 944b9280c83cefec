/**
 * What features have registered, and the way of a stanza through it.
 *
 * @module
 */
import { getLogger } from "../../../log.ts";
import { StanzaError } from "../errors.ts";
import type { Arrival, IqHandler, Requester } from "../features/feature.ts";
import { type Jid, readJid } from "../jid.ts";
import { LIMITS } from "../limits.ts";
import { NS } from "../namespaces.ts";
import { type Element, xml } from "../xml.ts";

interface Callee {
  readonly requester: Requester;
  readonly handler: IqHandler;
}

type StanzaHandler = (stanza: Element) => boolean | void;
type ArrivalHandler = (arrival: Arrival) => void | Promise<void>;

const log = getLogger(["xmpp"]);

/** See the module's description. A handler that throws costs its stanza and nothing else. */
export class Registrations {
  readonly messages: StanzaHandler[] = [];
  readonly presences: StanzaHandler[] = [];
  readonly online: ArrivalHandler[] = [];
  readonly ready: ArrivalHandler[] = [];
  readonly offline: (() => void)[] = [];
  readonly ended: (() => void)[] = [];
  readonly #callees = new Map<string, Callee>();
  #answering = 0;

  /** @throws {TypeError} when somebody answers that already */
  answer(type: "get" | "set", name: string, xmlns: string, callee: Callee): void {
    const key = `${type} ${name} ${xmlns}`;
    if (this.#callees.has(key)) throw new TypeError(`two features answer ${key}`);
    this.#callees.set(key, callee);
  }

  /** A message or presence came in. */
  hear(stanza: Element): void {
    const handlers = stanza.name === "message" ? this.messages : this.presences;
    for (const handler of handlers) {
      try {
        if (handler(stanza) === true) return;
      } catch (error) {
        report(stanza.name, error);
      }
    }
  }

  /** A request came in; `reply` writes the answer, which there always is one (RFC 6120, 8.2.3). */
  async serve(iq: Element, self: Jid, reply: (answer: Element) => void): Promise<void> {
    const { id = "", from, type = "" } = iq.attrs;
    const answer = (kind: string, child?: Element): void =>
      reply(xml("iq", { type: kind, id, to: from }, child));
    if (this.#answering >= LIMITS.answering) {
      return answer(
        "error",
        errorElement(new StanzaError("resource-constraint", { type: "wait" })),
      );
    }
    this.#answering += 1;
    try {
      answer("result", await this.#result(iq, type, self));
    } catch (error) {
      if (!(error instanceof StanzaError)) report("iq", error);
      const known = error instanceof StanzaError
        ? error
        : new StanzaError("internal-server-error", { type: "cancel" });
      answer("error", errorElement(known));
    } finally {
      this.#answering -= 1;
    }
  }

  async #result(iq: Element, type: string, self: Jid): Promise<Element | undefined> {
    const { from } = iq.attrs;
    const [child, ...more] = iq.getChildElements();
    if (child === undefined || more.length > 0) {
      throw new StanzaError("bad-request", { type: "modify" });
    }
    const sender = readJid(from);
    if (from !== undefined && sender === undefined) {
      throw new StanzaError("jid-malformed", { type: "modify" });
    }
    const callee = this.#callees.get(`${type} ${child.getName()} ${child.getNS() ?? ""}`);
    const isAccount = sender === undefined || sender.full === self.bare;
    if (callee === undefined || (callee.requester === "account" && !isAccount)) {
      throw new StanzaError("service-unavailable", { type: "cancel" });
    }
    return await callee.handler({ from: isAccount ? undefined : sender, child });
  }

  /** Tells that the session is there, waits for what that starts. */
  async arrived(arrival: Arrival): Promise<void> {
    for (const handlers of [this.online, this.ready]) {
      await Promise.all(handlers.map(async (handler) => {
        try {
          await handler(arrival);
        } catch (error) {
          report("online", error);
        }
      }));
    }
  }

  /** Tells that the connection is gone. */
  left(): void {
    callAll(this.offline, "offline");
  }

  /** Tells that the session is over. */
  over(): void {
    callAll(this.ended, "ended");
  }
}

function callAll(handlers: readonly (() => void)[], what: string): void {
  for (const handler of handlers) {
    try {
      handler();
    } catch (error) {
      report(what, error);
    }
  }
}

/** The `error` element of an answer. */
function errorElement(
  { type, condition, text, detail, detailNamespace }: StanzaError,
): Element {
  return xml(
    "error",
    { type: type === "" ? "cancel" : type },
    xml(condition, NS.stanzaErrors),
    text === "" ? null : xml("text", NS.stanzaErrors, text),
    detail === undefined || detailNamespace === undefined ? null : xml(detail, detailNamespace),
  );
}

function report(what: string, error: unknown): void {
  const code = (error as { readonly code?: unknown } | null)?.code;
  const reason = typeof code === "string" ? code : (error as Error | null)?.name ?? "unknown";
  log.warn("a handler of {what} failed: {reason}", { what, reason });
}
