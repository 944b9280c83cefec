/**
 * Tokens and signatures only travel where nobody reads along.
 *
 * @module
 */
import { UsageError } from "../../../../errors.ts";

const LOOPBACK = /^(127(\.\d+){3}|\[::1\]|localhost)$/;

/** Whether `url` is https, or http with this machine. */
export function isSafeTransport(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

/** Whether a host is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Refuses plain HTTP with other machines, unless somebody says that it is meant.
 *
 * @param insecure the value of a URL's parameter of that name
 * @throws {UsageError} `bucket/insecure`
 */
export function requireSafeTransport(endpoint: URL, insecure: string | undefined): void {
  const isHttp = endpoint.protocol === "http:";
  if (isSafeTransport(endpoint) || (isHttp && insecure === "true")) return;
  throw new UsageError(
    "bucket/insecure",
    `Cannot use the endpoint ${endpoint.origin}: it is not https`,
    isHttp
      ? { hint: "Add insecure=true to the bucket's URL if nobody else is on that network" }
      : {},
  );
}
