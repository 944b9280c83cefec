/**
 * The keys that sign tokens.
 *
 * @module
 */
import { join } from "node:path";
import { getLogger } from "../log.ts";
import { diskFault } from "./disk_fault.ts";
import { closeToOthers, replaceFile } from "../files.ts";
import { AccountError } from "./failure.ts";
import type { Random } from "./random.ts";

/** Nothing shorter signs tokens: it could be guessed, and whoever guesses it is admin. */
export const MIN_SECRET_BYTES = 16;
/** What RFC 7518, section 3.2 asks of HS256. Shorter ones are warned of. */
const GOOD_SECRET_BYTES = 32;
const SECRET_BYTES = 32;

/** HMAC keys: the first signs, all verify. */
export interface SigningKeys {
  readonly current: CryptoKey;
  readonly previous?: CryptoKey;
}

export interface SecretOptions {
  /** From the settings (`JWT_SECRET`), used as UTF-8. Without one the folder's own is used. */
  readonly secret?: string;
  /** Also accepted, for as long as tokens signed with it may live after a change of `secret`. */
  readonly previous?: string;
}

/**
 * Finds the keys. Without a configured secret, `<folder>/jwt.secret` holds it (0600, made at random
 * on first use) and `<folder>/jwt.secret.previous`, where an operator has put one, the former. The
 * caller holds the write lock, so that two first starts agree on one secret.
 *
 * @throws {AccountError} `accounts/secret`, `accounts/io`, `accounts/disk-full`
 */
export async function loadKeys(
  folder: string,
  options: SecretOptions,
  random: Random,
): Promise<SigningKeys> {
  const path = join(folder, "jwt.secret");
  const own = options.secret === undefined;
  const current = options.secret ?? await readSecret(path) ?? await makeSecret(path, random);
  const previous = options.previous ?? (own ? await readSecret(`${path}.previous`) : undefined);
  return {
    current: await importKey(current, own ? path : "the configured secret"),
    ...(previous === undefined
      ? {}
      : { previous: await importKey(previous, "the previous secret") }),
  };
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    const text = await Deno.readTextFile(path);
    await closeToOthers(path, 0o600);
    return text.trimEnd();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw diskFault("read", path, cause);
  }
}

async function makeSecret(path: string, random: Random): Promise<string> {
  const secret = random(SECRET_BYTES).toBase64({ alphabet: "base64url", omitPadding: true });
  try {
    await replaceFile(path, new TextEncoder().encode(`${secret}\n`));
  } catch (cause) {
    throw diskFault("write", path, cause);
  }
  return secret;
}

/** The key cannot be read back from the result. */
function importKey(secret: string, what: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new AccountError(
      "accounts/secret",
      `Cannot sign tokens with ${what}: it has fewer than ${MIN_SECRET_BYTES} bytes`,
      { hint: "Use 32 random bytes or more, or set none and let chatnode make one." },
    );
  }
  if (bytes.length < GOOD_SECRET_BYTES) {
    getLogger(["accounts"]).warn("{what} has fewer than {bytes} bytes: it could be guessed", {
      what,
      bytes: GOOD_SECRET_BYTES,
    });
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
}
