/**
 * The form of a vault's file: one line, `["<crc32>",{...}]`, whose object says how the key is found
 * and holds the secrets, encrypted with AES-256-GCM (NIST SP 800-38D). What is not encrypted is
 * authenticated with it.
 *
 * The checksum tells damage from a wrong key. What anybody could have changed on purpose, checksum
 * included, the authentication tag tells.
 *
 * @module
 */
import { decodeChecked, encodeChecked } from "../../checked_json.ts";
import type { Random } from "../random.ts";
import { VaultError } from "./contract.ts";

/** How the key of a vault is found. */
export type KeySource =
  /** Derived from a passphrase: a PHC string without its hash, `ln`, `r` and `p` as in RFC 7914. */
  | {
    readonly kind: "scrypt";
    readonly ln: number;
    readonly r: number;
    readonly p: number;
    /** Base 64. */
    readonly salt: string;
  }
  /** In a file beside the vault's. */
  | { readonly kind: "file" };

/** A file's content before it is opened. */
export interface Sealed {
  readonly key: KeySource;
  /** Tells whether a key is the right one; 8 bytes of a digest of it, base 64. */
  readonly check: string;
  /** 96 random bits, new with every write, base 64. */
  readonly iv: string;
  /** Base 64, the tag at its end. */
  readonly data: string;
}

/** A key that cannot be read back, and what its file says of it. */
export interface VaultKey {
  readonly source: KeySource;
  readonly check: string;
  readonly key: CryptoKey;
}

const FORMAT = "chatnode-vault";
const VERSION = 1;
const IV_BYTES = 12;
/** Bytes of a key. */
export const KEY_BYTES = 32;
/** 2^17 costs 128 MiB and about half a second; more than twice that is an attack or damage. */
const MOST_LN = 18;

/** Imports 32 bytes as a key. */
export async function vaultKey(
  source: KeySource,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<VaultKey> {
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  const marked = new Uint8Array([...new TextEncoder().encode(`${FORMAT} check `), ...bytes]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", marked));
  return { source, key, check: digest.subarray(0, 8).toBase64() };
}

/** Encrypts `secrets` into a whole file. */
export async function seal(
  secrets: ReadonlyMap<string, string>,
  { source, check, key }: VaultKey,
  random: Random,
): Promise<Uint8Array> {
  const iv = random(IV_BYTES);
  const plain = new TextEncoder().encode(JSON.stringify([...secrets]));
  const additionalData = authenticated(source, check);
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
  return new TextEncoder().encode(encodeChecked({
    ...{ format: FORMAT, version: VERSION, key: source, check, iv: iv.toBase64() },
    data: new Uint8Array(data).toBase64(),
  }));
}

/**
 * Reads a file's form.
 *
 * @throws {VaultError} `vault/corrupt`
 */
export function readSealed(bytes: Uint8Array): Sealed {
  const line = new TextDecoder().decode(bytes);
  if (!line.endsWith("]\n")) throw corrupt("its end is missing");
  const value = decoded(line.slice(0, -1));
  if (value === undefined) throw corrupt("its checksum does not fit");
  if (typeof value !== "object" || value === null) throw corrupt("it is of no known form");
  const { format, version, ...rest } = value as Record<string, unknown>;
  if (format !== FORMAT) throw corrupt("it is of no known form");
  if (version !== VERSION) throw corrupt("another version of chatnode wrote it");
  const { key, check, iv, data } = rest;
  const texts = [check, iv, data].every((text) => typeof text === "string");
  if (!texts || !isKeySource(key)) throw corrupt("it is of no known form");
  return { key, check, iv, data } as Sealed;
}

/**
 * Decrypts. The caller has compared {@linkcode Sealed.check} with the key's.
 *
 * @throws {VaultError} `vault/corrupt` when anything was changed
 */
export async function unseal(sealed: Sealed, { key }: VaultKey): Promise<Map<string, string>> {
  try {
    const plain = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: Uint8Array.fromBase64(sealed.iv),
        additionalData: authenticated(sealed.key, sealed.check),
      },
      key,
      Uint8Array.fromBase64(sealed.data),
    );
    return new Map(JSON.parse(new TextDecoder().decode(plain)) as [string, string][]);
  } catch {
    throw corrupt("something other than chatnode has changed it");
  }
}

/** As `decodeChecked`; a right checksum over what is no JSON is nobody's accident. */
function decoded(line: string): unknown {
  try {
    return decodeChecked(line);
  } catch {
    throw corrupt("it is of no known form");
  }
}

function authenticated(source: KeySource, check: string): Uint8Array<ArrayBuffer> {
  const { kind } = source;
  const cost = kind === "scrypt" ? [source.ln, source.r, source.p, source.salt] : [];
  return new TextEncoder().encode(JSON.stringify([FORMAT, VERSION, kind, ...cost, check]));
}

function isKeySource(value: unknown): value is KeySource {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "file") return true;
  if (value.kind !== "scrypt") return false;
  const { ln, r, p, salt } = value as Record<string, unknown>;
  const within = (number: unknown, most: number) =>
    Number.isInteger(number) && Number(number) >= 1 && Number(number) <= most;
  return within(ln, MOST_LN) && within(r, 8) && within(p, 4) && typeof salt === "string" &&
    /^[A-Za-z0-9+/]{22,86}={0,2}$/.test(salt);
}

function corrupt(state: string): VaultError {
  return new VaultError("vault/corrupt", `Cannot open the kept secrets: ${state}`, {
    hint: "Put a backup of the vault's folder in place, or remove it and sign in again.",
  });
}
