/**
 * How a session learns what the server has: by stream management, or, where there is none, by the
 * answer to a ping that was written behind the stanzas (they are processed in order, RFC 6120, 10.1).
 *
 * @module
 */
import { NS } from "../namespaces.ts";
import { type Element, xml } from "../xml.ts";
import type { Entry } from "./outbox.ts";
import type { StreamManagement } from "./stream_management.ts";

/** One connection's way. */
export interface Acknowledging {
  /** Stanzas that were written and not acknowledged. */
  readonly inFlight: number;
  /** A stanza was written. */
  sent(entry: Entry): void;
  /** What asks the server how far it is. */
  request(): Element;
  /** The entries that `element` acknowledges; undefined when it is something else. */
  read(element: Element): Entry[] | undefined;
  /** What is not acknowledged, in order. */
  readonly outstanding: readonly Entry[];
}

/** By stream management. */
export function byManagement(management: StreamManagement<Entry>): Acknowledging {
  return {
    get inFlight() {
      return management.inFlight;
    },
    get outstanding() {
      return management.outstanding;
    },
    sent: (entry) => management.sent(entry),
    request: () => xml("r", NS.streamManagement),
    read: (element) =>
      element.is("a", NS.streamManagement)
        ? management.acknowledged(element.attrs["h"])
        : undefined,
  };
}

/** By pings (XEP-0199) to the own server; an error answers as well. */
export function byPings(uuid: () => string): Acknowledging {
  const unacknowledged: Entry[] = [];
  /** How many entries had been written before each ping, by its id. */
  const pings = new Map<string, number>();
  let written = 0;
  let acknowledged = 0;
  return {
    get inFlight() {
      return unacknowledged.length;
    },
    get outstanding() {
      return unacknowledged;
    },
    sent(entry) {
      written += 1;
      unacknowledged.push(entry);
    },
    request() {
      const id = uuid();
      pings.set(id, written);
      return xml("iq", { type: "get", id }, xml("ping", NS.ping));
    },
    read(element) {
      const { id = "", type } = element.attrs;
      const before = pings.get(id);
      const isAnswer = element.name === "iq" && (type === "result" || type === "error");
      if (!isAnswer || before === undefined || element.attrs["from"]?.includes("/") === true) {
        return undefined;
      }
      pings.delete(id);
      const entries = unacknowledged.splice(0, Math.max(0, before - acknowledged));
      acknowledged = Math.max(acknowledged, before);
      return entries;
    },
  };
}
