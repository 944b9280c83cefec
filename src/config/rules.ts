/**
 * Values that are fine alone and wrong together.
 *
 * @module
 */
import { type Fault, fault } from "./faults.ts";
import type { Settings } from "./schema.ts";

/** Everything in `settings` that contradicts something else in it. */
export function contradictions(settings: Settings): Fault[] {
  const found: Fault[] = [];
  const { tlsCert, tlsKey, port, secondPort, maxMessage, maxFrame } = settings;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [set, missing] = tlsCert === undefined ? ["tlsKey", "tlsCert"] : ["tlsCert", "tlsKey"];
    found.push(fault(`Cannot use ${set} alone: ${missing} is not set`, "TLS needs both."));
  }
  if (settings.tls === "required" && tlsCert === undefined) {
    found.push(fault("Cannot require TLS: tlsCert is not set", "TLS needs tlsCert and tlsKey."));
  }
  if (secondPort && port === 65_535) {
    found.push(fault(
      "Cannot serve on port + 1: port is 65535, the last there is",
      "Choose a lower port, or set secondPort to false.",
    ));
  }
  const { oidcRedirectBase, oidcIssuer, oidcClientId } = settings;
  if (oidcRedirectBase !== undefined && (oidcIssuer === undefined || oidcClientId === undefined)) {
    const missing = oidcIssuer === undefined ? "oidcIssuer" : "oidcClientId";
    found.push(fault(
      `Cannot let people sign in by a provider: ${missing} is not set`,
      "oidcRedirectBase needs oidcIssuer and oidcClientId.",
    ));
  }
  // JSON may write one byte of text as six (\u0001), and a frame holds more than the text.
  if (maxFrame < maxMessage + 4096) {
    found.push(fault(
      "Cannot use maxMessage: a message of that size does not fit into maxFrame",
      "Leave at least 4KiB between them.",
    ));
  }
  return found;
}
