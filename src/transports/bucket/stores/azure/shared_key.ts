/**
 * Shared Key authorization of the Blob service.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
 * @module
 */
import { createHmac } from "node:crypto";

/** A request as it will be sent, but for its `Authorization`. */
export interface Signable {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Length of the body in bytes; 0 without one. */
  readonly length: number;
}

/** Headers that have a line of their own, in this order; behind them come those with `x-ms-`. */
const STANDARD = [
  ...["content-encoding", "content-language", "content-length", "content-md5", "content-type"],
  ...["date", "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"],
];

/** The value of `Authorization`. `x-ms-date` has to be among the headers. */
export function sharedKeyAuthorization(
  request: Signable,
  account: string,
  key: Uint8Array,
): string {
  const signature = createHmac("sha256", key).update(stringToSign(request, account), "utf8");
  return `SharedKey ${account}:${signature.digest("base64")}`;
}

/** What is signed; apart for tests. */
export function stringToSign({ method, url, headers, length }: Signable, account: string): string {
  const standard = STANDARD.map((name) =>
    // Since version 2015-02-21 an empty body has no length here.
    name === "content-length" ? (length === 0 ? "" : `${length}`) : headers.get(name) ?? ""
  );
  return [method, ...standard, ...ownHeaders(headers), `/${account}${url.pathname}`]
    .concat(parameters(url)).join("\n");
}

/** `Headers` iterates in the order that is wanted: by name, names in lower case. */
function ownHeaders(headers: Headers): string[] {
  return [...headers].filter(([name]) => name.startsWith("x-ms-"))
    .map(([name, value]) => `${name}:${value.replace(/\s+/g, " ").trim()}`);
}

/** Decoded, by name; no request of ours has a name twice. */
function parameters(url: URL): string[] {
  return [...url.searchParams]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, value]) => `${name}:${value}`);
}
