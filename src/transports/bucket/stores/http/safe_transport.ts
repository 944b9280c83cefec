/**
 * Tokens and signatures only travel where nobody reads along.
 *
 * @module
 */

const LOOPBACK = /^(127(\.\d+){3}|\[::1\]|localhost)$/;

/** Whether `url` is https, or http with this machine. */
export function isSafeTransport({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
}
