import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Client } from "./client_address.ts";

/** A door that takes over connections by an HTTP upgrade (RFC 9110 section 7.8). */
export interface SocketDoor {
  /** Whether this door answers the request; the first door that says yes gets it. Must not throw. */
  matches(request: IncomingMessage): boolean;
  /**
   * Takes the connection over, its timeouts and errors included. `head` is what the client sent
   * after the request.
   */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, client: Client): void;
}
