import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { type Certificate, checkCertificate } from "../../wire/certificate.ts";

/**
 * What connections are encrypted with.
 *
 * @throws {ChatnodeError} `tls/certificate` when the two are none, or do not belong together
 */
export function secureContext(certificate: Certificate): SecureContext {
  checkCertificate(certificate);
  return createSecureContext({ ...certificate, minVersion: "TLSv1.2" });
}

/** TLS on a connection of which `head` has been read already. */
export function startTls(socket: Socket, head: Uint8Array, context: SecureContext): TLSSocket {
  socket.pause();
  socket.unshift(head);
  return new TLSSocket(socket, { isServer: true, secureContext: context });
}
