/**
 * What stands in a frame besides its meaning (RFC 6455 section 5.2): header, mask, close code, text.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { CLOSE, WireError } from "./errors.ts";

const MASK = 4;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A header that was read: 2 to 8 bytes, and the mask. */
export interface FrameHeader {
  readonly opcode: number;
  readonly final: boolean;
  /** Of the payload. */
  readonly length: number;
  /** Of the header, mask included. */
  readonly size: number;
}

/** The header at `at`; undefined while it is incomplete. @throws {WireError} 1002 */
export function readHeader(bytes: Buffer, at: number): FrameHeader | undefined {
  const [first, second] = [bytes[at], bytes[at + 1]];
  if (first === undefined || second === undefined) return undefined;
  if ((first & 0x70) !== 0) throw protocolFault("a reserved bit is set");
  if ((second & 0x80) === 0) throw protocolFault("it is not masked");
  const short = second & 0x7f;
  const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
  const size = 2 + extra + MASK;
  if (bytes.length < at + size) return undefined;
  const length = extra === 0
    ? short
    : extra === 2
    ? bytes.readUInt16BE(at + 2)
    : Number(bytes.readBigUInt64BE(at + 2));
  return { opcode: first & 0x0f, final: (first & 0x80) !== 0, length, size };
}

/** Unmasks in place; the mask stands at `maskAt` of `bytes`. */
export function unmask(payload: Uint8Array, bytes: Uint8Array, maskAt: number): void {
  const length = payload.length;
  const a = bytes[maskAt] ?? 0;
  const b = bytes[maskAt + 1] ?? 0;
  const c = bytes[maskAt + 2] ?? 0;
  const d = bytes[maskAt + 3] ?? 0;
  let at = 0;
  for (; at + 3 < length; at += 4) {
    payload[at]! ^= a;
    payload[at + 1]! ^= b;
    payload[at + 2]! ^= c;
    payload[at + 3]! ^= d;
  }
  if (at < length) payload[at]! ^= a;
  if (at + 1 < length) payload[at + 1]! ^= b;
  if (at + 2 < length) payload[at + 2]! ^= c;
}

/**
 * Decodes UTF-8.
 *
 * @throws {WireError} 1007 when it is none
 */
export function decodeText(bytes: Uint8Array): string {
  const text = asBuffer(bytes).toString("utf8");
  // The quick decoder replaces what is wrong: only then is the strict one asked.
  if (!text.includes("\ufffd")) return text;
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new WireError(CLOSE.invalidPayload, "its text is not UTF-8");
  }
}

/**
 * The code of a close frame's payload (RFC 6455 section 7.4); 1005 when there is none.
 *
 * @throws {WireError} 1002 for a code that may not be sent, 1007 for a reason that is no UTF-8
 */
export function closeCode(payload: Buffer): number {
  if (payload.length === 0) return 1005;
  if (payload.length === 1) throw protocolFault("a close frame has one byte");
  const code = payload.readUInt16BE(0);
  const known = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  if (!known && (code < 3000 || code > 4999)) throw protocolFault("its close code is not allowed");
  decodeText(payload.subarray(2));
  return code;
}

/** The same bytes with a Buffer's methods. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The error for what breaks the protocol. */
export function protocolFault(state: string): WireError {
  return new WireError(CLOSE.protocolError, state);
}
