/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), which Google keeps of every object. The runtime only
 * has the other CRC-32.
 *
 * @module
 */
import type { BodyCheck } from "../body.ts";

/** The polynomial 0x1EDC6F41, reflected. */
const POLYNOMIAL = 0x82f63b78;

/** One table for each byte of a 32-bit word, so that four bytes cost one round. */
const TABLES = makeTables();

function makeTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0);
    return value;
  });
  const shifted = (table: Uint32Array) =>
    table.map((value) => (first[value & 0xff] ?? 0) ^ (value >>> 8));
  const second = shifted(first);
  const third = shifted(second);
  return [first, second, third, shifted(third)];
}

/** The checksum of bytes that come in pieces. */
export class Crc32c {
  #state = 0xffffffff;

  update(bytes: Uint8Array): void {
    const [t0, t1, t2, t3] = TABLES;
    const words = bytes.length & ~3;
    let state = this.#state;
    let at = 0;
    for (; at < words; at += 4) {
      state ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24);
      state = (t3[state & 0xff] ?? 0) ^ (t2[(state >>> 8) & 0xff] ?? 0) ^
        (t1[(state >>> 16) & 0xff] ?? 0) ^ (t0[state >>> 24] ?? 0);
    }
    for (; at < bytes.length; at++) {
      state = (t0[(state ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (state >>> 8);
    }
    this.#state = state;
  }

  /** Base64 of the four bytes, most significant first: as `x-goog-hash` has it. */
  get base64(): string {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, ~this.#state);
    return bytes.toBase64();
  }
}

/** {@linkcode Crc32c} of one piece. */
export function crc32cOf(bytes: Uint8Array): string {
  const checksum = new Crc32c();
  checksum.update(bytes);
  return checksum.base64;
}

/** Compares with an `x-goog-hash` (`crc32c=...,md5=...`); undefined when it names no CRC-32C. */
export function crc32cCheck(hashes: string | null): BodyCheck | undefined {
  const wanted = /(?:^|,)\s*crc32c=([A-Za-z0-9+/]{6}==)/.exec(hashes ?? "")?.[1];
  if (wanted === undefined) return undefined;
  const checksum = new Crc32c();
  return {
    update: (bytes) => checksum.update(bytes),
    fault: () => checksum.base64 === wanted ? undefined : "its checksum is not the announced one",
  };
}
