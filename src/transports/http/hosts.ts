import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Whether the request names more than one host. Whoever stands in between may have looked at
 * another one than we would, so RFC 9112 section 3.2 has it refused; Node takes the first.
 */
export function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === "host") hosts++;
  }
  return hosts > 1;
}

/** The answer to such a request. */
export function refuseHosts(response: ServerResponse): void {
  response.writeHead(400, { "Content-Type": "application/json", "Connection": "close" });
  response.end(JSON.stringify({ detail: "More than one Host header" }));
}
