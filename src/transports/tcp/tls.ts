import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { ChatnodeError } from "../../errors.ts";

/** A certificate chain and its private key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * What connections are encrypted with.
 *
 * @throws {ChatnodeError} `tcp/certificate` when the two are none, or do not belong together
 */
export function secureContext({ cert, key }: Certificate): SecureContext {
  try {
    return createSecureContext({ cert, key, minVersion: "TLSv1.2" });
  } catch (cause) {
    throw new ChatnodeError("tcp/certificate", "Cannot use the certificate: it does not fit", {
      hint: "tls-cert holds a certificate chain and tls-key its private key, both PEM.",
      cause,
    });
  }
}

/** TLS on a connection of which `head` has been read already. */
export function startTls(socket: Socket, head: Uint8Array, context: SecureContext): TLSSocket {
  socket.pause();
  socket.unshift(head);
  return new TLSSocket(socket, { isServer: true, secureContext: context });
}
