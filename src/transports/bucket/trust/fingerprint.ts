/**
 * Fingerprints: what two people read to each other to know that they mean the same key.
 *
 * @module
 */
import { createHash } from "node:crypto";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
/** 160 bits: nobody makes a second key with the same. */
const BYTES = 20;

/**
 * Eight groups of four base32 letters (RFC 4648) of the public key's SHA-256. The first four are
 * the device's id.
 *
 * @param publicKey base64
 */
export function fingerprint(publicKey: string): string {
  const digest = createHash("sha256").update(publicKey, "base64").digest().subarray(0, BYTES);
  let letters = "";
  let bits = 0;
  let held = 0;
  for (const byte of digest) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) letters += BASE32.charAt((held >> (bits - 5)) & 31);
    held &= 31;
  }
  return (letters.match(/.{4}/g) ?? []).join(" ");
}

/** What somebody may type for a device: its id, or its whole fingerprint, however spaced. */
export interface DeviceName {
  readonly device: string;
  /** 32 letters, when they were given. */
  readonly letters?: string;
}

/** Reads a device's id or fingerprint; undefined when it is neither. */
export function parseDeviceName(text: string): DeviceName | undefined {
  const letters = text.toLowerCase().replace(/[\s-]/g, "");
  if (/^[a-z2-7]{16}$/.test(letters)) return { device: letters };
  if (/^[a-z2-7]{32}$/.test(letters)) return { device: letters.slice(0, 16), letters };
  return undefined;
}
