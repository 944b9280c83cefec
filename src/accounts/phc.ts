/**
 * The PHC string format for scrypt hashes: `$scrypt$ln=15,r=8,p=1$<salt>$<hash>`, base 64 without
 * padding. The parameters stand beside the hash, so that they can grow without a migration.
 *
 * @see {@link https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md}
 * @module
 */

/** The cost of one scrypt (RFC 7914): memory is 128 * 2^ln * r bytes. */
export interface ScryptCost {
  /** Logarithm of N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** A parsed hash. */
export interface ScryptHash extends ScryptCost {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** No hash is worked on that needs more: a damaged file must not eat the machine. */
export const MAX_SCRYPT_BYTES = 256 * 1024 * 1024;

const FORM =
  /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Bytes of scrypt's working memory. */
export function scryptBytes(cost: ScryptCost): number {
  return 128 * 2 ** cost.ln * cost.r;
}

/** Writes a hash as a PHC string. */
export function formatPhc(hash: ScryptHash): string {
  const { ln, r, p } = hash;
  return `$scrypt$ln=${ln},r=${r},p=${p}$${encode(hash.salt)}$${encode(hash.hash)}`;
}

/**
 * Reads a PHC string. Salts have 8 to 64 bytes, hashes 16 to 64; a cost above
 * {@linkcode MAX_SCRYPT_BYTES} or with p above 16 counts as malformed.
 *
 * @returns undefined when `text` is anything but exactly what {@linkcode formatPhc} writes
 */
export function parsePhc(text: string): ScryptHash | undefined {
  const [, ln, r, p, salt, hash] = FORM.exec(text) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  const parsed = {
    ln: Number(ln),
    r: Number(r),
    p: Number(p),
    salt: decode(salt),
    hash: decode(hash),
  };
  if (scryptBytes(parsed) > MAX_SCRYPT_BYTES || parsed.p > 16) return undefined;
  if (parsed.salt.length < 8 || parsed.hash.length < 16) return undefined;
  return formatPhc(parsed) === text ? parsed : undefined;
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ omitPadding: true });
}

function decode(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return new Uint8Array();
  }
}
