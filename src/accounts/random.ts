/** Randomness as a dependency: whatever makes secrets takes a {@linkcode Random}. */

/** Returns `length` fresh bytes that nobody can predict. */
export type Random = (length: number) => Uint8Array<ArrayBuffer>;

/** The operating system's generator. */
export function systemRandom(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/**
 * Crockford's base 32 in lower case: no letter that can be taken for a digit, so that a secret can
 * be read out, typed and double-clicked. 5 bits a character, the last one padded with zeros.
 */
export function base32(bytes: Uint8Array): string {
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >>> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet[(held << (5 - bits)) & 31];
}
