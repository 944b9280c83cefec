/**
 * Plain HTTP shows credentials' signatures and all content to whoever is on the way.
 *
 * @module
 */
import { UsageError } from "../../../errors.ts";

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost|[a-z0-9-]+\.localhost)$/;

/** Whether a host is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Lets https pass, and http to this machine or where somebody has said `insecure`.
 *
 * @throws {UsageError} `bucket/insecure`
 */
export function checkTransport(endpoint: URL, allowed: "https" | "insecure"): void {
  if (endpoint.protocol === "https:") return;
  const isHttp = endpoint.protocol === "http:";
  if (isHttp && (allowed === "insecure" || isLoopback(endpoint))) return;
  throw new UsageError(
    "bucket/insecure",
    `Cannot use the endpoint ${endpoint.origin}: it is not https`,
    isHttp
      ? { hint: "Add insecure=true to the bucket's URL if nobody else is on that network" }
      : {},
  );
}
