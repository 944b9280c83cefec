/**
 * Where a request carries its token, and whether a cookie may count.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { isAllowedOrigin } from "../../wire/handshake.ts";

const BEARER = /^bearer +(\S+)$/i;
const COOKIE = /(?:^|;)\s*authToken=("?)([^;"]*)\1\s*(?:;|$)/;

/**
 * The token of an HTTP request: `Authorization: Bearer` (RFC 6750), else the cookie `authToken`.
 * A cookie counts only when the request comes from a page of this node or of `origins`: browsers
 * send it along with any other page's requests too.
 */
export function httpToken(
  request: IncomingMessage,
  origins: readonly string[],
): string | undefined {
  const bearer = BEARER.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const foreign = request.headers.origin === undefined
    ? request.headers["sec-fetch-site"] === "cross-site"
    : !isAllowedOrigin(request, origins);
  return foreign ? undefined : COOKIE.exec(request.headers.cookie ?? "")?.[2];
}
