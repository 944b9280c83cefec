/**
 * Ed25519 (RFC 8032) and SHA-256 over canonical forms. Synchronous on purpose: signing happens in a
 * worker, in batches, where `node:crypto` takes a third of the time of WebCrypto's promises.
 * Signatures are deterministic, so sealing the same events again gives the same bytes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { MessageError } from "./error.ts";

/** DER of an Ed25519 private key (RFC 8410) up to its 32-byte seed. */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
/** DER of an Ed25519 public key (RFC 8410) up to its 32 bytes. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** A device's private key. Printing it shows the public half only. */
export class SigningKey {
  /** 32 raw bytes, base64. */
  readonly publicKey: string;
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = rawPublicKey(createPublicKey(key)).toString("base64");
  }

  /**
   * @param random fills the array it is given with random bytes, as `crypto.getRandomValues`
   */
  static generate(random: (bytes: Uint8Array<ArrayBuffer>) => void): SigningKey {
    const seed = new Uint8Array(KEY_BYTES);
    random(seed);
    return SigningKey.fromSeed(seed);
  }

  /**
   * The key of a 32-byte seed, the form in which other Bucket Chat programs keep private keys.
   *
   * @throws {MessageError} `key/form` for another length
   */
  static fromSeed(seed: Uint8Array): SigningKey {
    if (seed.length !== KEY_BYTES) throw malformed("the private key", "it is not 32 bytes long");
    return SigningKey.#import(Buffer.concat([PKCS8_PREFIX, seed]));
  }

  /**
   * Reads what {@linkcode SigningKey.export} wrote.
   *
   * @throws {MessageError} `key/form`
   */
  static fromPem(pem: string): SigningKey {
    const body = /^-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/
      .exec(pem)?.[1];
    if (body === undefined) throw malformed("the private key", "it is not PKCS #8 in PEM");
    const der = Buffer.from(body, "base64");
    const prefix = der.subarray(0, PKCS8_PREFIX.length);
    if (der.length !== PKCS8_PREFIX.length + KEY_BYTES || !prefix.equals(PKCS8_PREFIX)) {
      throw malformed("the private key", "it is not an Ed25519 key in PKCS #8");
    }
    return SigningKey.#import(der);
  }

  static #import(der: Buffer): SigningKey {
    return new SigningKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  }

  /** PKCS #8 in PEM (RFC 8410, RFC 7468). A secret: for a file of mode 0600 or a worker. */
  export(): string {
    return this.#key.export({ format: "pem", type: "pkcs8" }).toString();
  }

  /** base64 signature over a canonical form. */
  sign(canonical: string): string {
    return sign(null, ascii(canonical), this.#key).toString("base64");
  }
}

/** A device's public key, imported once for many verifications. */
export class VerifyingKey {
  /** 32 raw bytes, base64. */
  readonly publicKey: string;
  readonly #key: KeyObject;

  /**
   * @param publicKey 32 raw bytes, base64 with padding
   * @throws {MessageError} `key/form`; `key/weak` for a point of small order, with which anybody
   *   can make signatures that fit any message
   */
  constructor(publicKey: string) {
    const raw = decodeBase64(publicKey, KEY_BYTES);
    if (raw === undefined) {
      throw malformed("the public key", "it is not 32 bytes in base64");
    }
    if (SMALL_ORDER.has(withoutSign(raw))) {
      throw new MessageError("key/weak", "Cannot use the public key: it is of small order");
    }
    this.publicKey = publicKey;
    this.#key = importPublicKey(raw);
  }

  /** Whether `signature`, base64, is this key's over a canonical form. Never throws. */
  verify(canonical: string, signature: string): boolean {
    const raw = decodeBase64(signature, SIGNATURE_BYTES);
    if (raw === undefined) return false;
    return verify(null, ascii(canonical), this.#key, raw);
  }
}

/** base64 SHA-256 of a canonical form: what `prev_event_hash` of the next event holds. */
export function eventHash(canonical: string): string {
  return createHash("sha256").update(canonical).digest("base64");
}

/**
 * The y coordinates of the eight points of small order, as little-endian hex without the sign bit,
 * with their spellings beyond the field's prime.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

function withoutSign(raw: Buffer): string {
  const y = Buffer.from(raw);
  y[KEY_BYTES - 1] = (y[KEY_BYTES - 1] ?? 0) & 0x7f;
  return y.toString("hex");
}

/** Strict: `Buffer` skips what it does not know, so only what encodes back is taken. */
function decodeBase64(text: string, bytes: number): Buffer | undefined {
  if (text.length !== Math.ceil(bytes / 3) * 4) return undefined;
  const raw = Buffer.from(text, "base64");
  return raw.length === bytes && raw.toString("base64") === text ? raw : undefined;
}

function importPublicKey(raw: Buffer): KeyObject {
  try {
    const key = Buffer.concat([SPKI_PREFIX, raw]);
    return createPublicKey({ key, format: "der", type: "spki" });
  } catch (cause) {
    throw new MessageError(
      "key/form",
      "Cannot use the public key: it is no point of the curve",
      { cause },
    );
  }
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(SPKI_PREFIX.length);
}

function ascii(canonical: string): Buffer {
  return Buffer.from(canonical, "latin1");
}

function malformed(what: string, state: string): MessageError {
  return new MessageError("key/form", `Cannot use ${what}: ${state}`);
}
