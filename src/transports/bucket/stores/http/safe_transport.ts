/**
 * Tokens and signatures only travel where nobody reads along.
 *
 * @module
 */

const LOOPBACK = /^(127(\.\d+){3}|\[::1\]|localhost)$/;

/** Whether `url` is https, or http with this machine. */
export function isSafeTransport(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

/** Whether a host is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}
