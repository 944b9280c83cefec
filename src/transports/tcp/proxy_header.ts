/**
 * The PROXY protocol, versions 1 and 2: the first bytes by which a proxy says whose connection it
 * passes on.
 *
 * @see {@link https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt}
 * @module
 */
import { isIP } from "node:net";

/** What the first bytes of a connection are, as far as this protocol is concerned. */
export type ProxyHeader =
  | { readonly kind: "none" }
  /** It may become one. */
  | { readonly kind: "partial" }
  | { readonly kind: "broken" }
  | {
    readonly kind: "complete";
    /** Bytes that it takes. */
    readonly length: number;
    /** The client's address; undefined when the proxy speaks for itself (health checks). */
    readonly source: string | undefined;
  };

const NONE: ProxyHeader = { kind: "none" };
const PARTIAL: ProxyHeader = { kind: "partial" };
const BROKEN: ProxyHeader = { kind: "broken" };

const TEXT_START = new TextEncoder().encode("PROXY ");
/** CRLF included. */
const TEXT_MOST = 107;
const BINARY_START = new Uint8Array([13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]);
const BINARY_HEADER = 16;
/** Addresses and the extensions (TLVs) that proxies really send. */
const BINARY_MOST = 4096;
const IPV4 = { family: 1, bytes: 4 } as const;
const IPV6 = { family: 2, bytes: 16 } as const;

/** Reads what has come of a connection so far. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (startsWith(bytes, TEXT_START)) return readText(bytes);
  if (startsWith(bytes, BINARY_START)) return readBinary(bytes);
  const begins = startsWith(TEXT_START, bytes) || startsWith(BINARY_START, bytes);
  return begins ? PARTIAL : NONE;
}

function readText(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, TEXT_MOST).indexOf(10);
  if (end < 0) return bytes.length < TEXT_MOST ? PARTIAL : BROKEN;
  const line = String.fromCharCode(...bytes.subarray(0, end));
  const length = end + 1;
  if (/^PROXY UNKNOWN(?: .*)?\r$/.test(line)) {
    return { kind: "complete", length, source: undefined };
  }
  const parts = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r$/.exec(line);
  const source = parts?.[2];
  if (source === undefined || isIP(source) !== Number(parts?.[1])) return BROKEN;
  return { kind: "complete", length, source };
}

function readBinary(bytes: Uint8Array): ProxyHeader {
  if (bytes.length < BINARY_HEADER) return PARTIAL;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(12) >> 4;
  const command = view.getUint8(12) & 0x0f;
  const family = view.getUint8(13) >> 4;
  const size = view.getUint16(14);
  if (version !== 2 || command > 1 || size > BINARY_MOST) return BROKEN;
  const length = BINARY_HEADER + size;
  if (bytes.length < length) return PARTIAL;
  if (command === 0) return { kind: "complete", length, source: undefined };
  const form = [IPV4, IPV6].find((each) => each.family === family);
  if (form === undefined) return { kind: "complete", length, source: undefined };
  if (size < 2 * form.bytes + 4) return BROKEN;
  const address = bytes.subarray(BINARY_HEADER, BINARY_HEADER + form.bytes);
  return { kind: "complete", length, source: form === IPV4 ? address.join(".") : ipv6(address) };
}

function ipv6(address: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, at) => ((address[2 * at] ?? 0) << 8 | (address[2 * at + 1] ?? 0)).toString(16),
  );
  // The URL parser knows the canonical form (RFC 5952).
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, at) => bytes[at] === byte);
}
