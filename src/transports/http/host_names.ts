/**
 * What the Host header of a request may say.
 *
 * Under which names a node of one machine may be asked for: a web page can let its own name point
 * to 127.0.0.1 once it is loaded (DNS rebinding) and would then read from the node what it likes,
 * as if it were the node's own page. What gives it away is the name in the Host header.
 *
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Whether a request with these headers is answered. */
export type HostRule = (headers: IncomingHttpHeaders) => boolean;

/** Any name will do: for nodes that others reach, whose names are nobody's business. */
export const anyHost: HostRule = (): boolean => true;

/**
 * Browsers have to ask for an address, `localhost`, a name under it (RFC 6761) or the host of one
 * of `origins`. Other programs are led by nobody's page and may write what they like; a browser is
 * known by `Accept-Encoding`, which all of them send and no page can take off (a forbidden header
 * of the Fetch standard).
 */
export function localHosts(origins: readonly string[]): HostRule {
  const named = new Set(origins.map((origin) => URL.parse(origin)?.hostname));
  return (headers) => {
    if (headers.host === undefined || headers["accept-encoding"] === undefined) return true;
    const host = headers.host.toLowerCase().replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
    return isIP(host) !== 0 || host === "localhost" || host.endsWith(".localhost") ||
      named.has(host) || origins.includes("*");
  };
}

/**
 * What is wrong with the Host headers of a request, as RFC 9112 section 3.2 has it: there has to be
 * one. Of several, whoever stands in between may have looked at another one than Node, which takes
 * the first. HTTP/1.0 knows none: load balancers ask with it whether the node is well.
 */
export function hostFault({ rawHeaders, httpVersion }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === "host") hosts++;
  }
  if (hosts > 1) return "More than one Host header";
  return hosts === 0 && httpVersion !== "1.0" ? "No Host header" : undefined;
}
