/**
 * Passwords: scrypt off the main thread, two at once at most (each takes 32 MiB and about 0.1 s of
 * a core), the rest in a bounded line.
 *
 * @module
 */
import { scrypt, timingSafeEqual } from "node:crypto";
import { AccountError } from "./failure.ts";
import { formatPhc, parsePhc, scryptBytes, type ScryptCost, type ScryptHash } from "./phc.ts";
import type { Random } from "./random.ts";
import { Turnstile } from "./turnstile.ts";

/** N = 2^15, r = 8, p = 1: 32 MiB. */
export const DEFAULT_COST: ScryptCost = { ln: 15, r: 8, p: 1 };
/** Characters (code points), as AloneChat counts them. */
export const MIN_PASSWORD_LENGTH = 6;
/** UTF-8 bytes. */
export const MAX_PASSWORD_BYTES = 1024;

const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** What one scrypt takes, roughly, for `retryAfter`. */
const TURN_MS = 100;

/** Derives a key; the seam by which tests see how many run at once. */
export type Derive = (
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
  cost: ScryptCost,
) => Promise<Uint8Array>;

/** scrypt by node:crypto, in the runtime's thread pool. */
export function deriveScrypt(
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
  cost: ScryptCost,
): Promise<Uint8Array> {
  const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: 2 * scryptBytes(cost) };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => error ? reject(error) : resolve(key));
  });
}

export interface PasswordsOptions {
  readonly random: Random;
  /** For new hashes; {@linkcode DEFAULT_COST} unless told. */
  readonly cost?: ScryptCost;
  /** Checks that may wait while two run; 64 unless told, about 3 s of waiting. */
  readonly waiting?: number;
  readonly derive?: Derive;
}

/** What {@linkcode Passwords.verify} found. */
export interface PasswordCheck {
  readonly matches: boolean;
  /** The hash was made at another cost than today's: store a new one. */
  readonly outdated: boolean;
}

/** Hashes and checks passwords. Text is compared in Unicode's form NFC (RFC 8265, section 4.2). */
export class Passwords {
  readonly #cost: ScryptCost;
  readonly #random: Random;
  readonly #derive: Derive;
  readonly #turnstile: Turnstile;
  readonly #nobody: ScryptHash;

  constructor(options: PasswordsOptions) {
    this.#cost = options.cost ?? DEFAULT_COST;
    this.#random = options.random;
    this.#derive = options.derive ?? deriveScrypt;
    this.#turnstile = new Turnstile({ running: 2, waiting: options.waiting ?? 64 });
    this.#nobody = {
      ...this.#cost,
      salt: this.#random(SALT_BYTES),
      hash: this.#random(HASH_BYTES),
    };
  }

  /**
   * Makes a PHC string with a fresh salt. Does not ask whether the password is a good one; see
   * {@linkcode checkNewPassword}.
   *
   * @throws {AccountError} `accounts/busy`
   */
  async hash(password: string): Promise<string> {
    const salt = this.#random(SALT_BYTES);
    const hash = await this.#work(password, salt, HASH_BYTES, this.#cost);
    return formatPhc({ ...this.#cost, salt, hash });
  }

  /**
   * Compares in constant time. For an undefined `stored` (no such account, or one that has no
   * password) the same work is done and nothing matches, so that the time taken tells nothing; only
   * a hash of an earlier cost takes that cost's time, until its owner signs in next.
   *
   * @throws {AccountError} `accounts/busy`, `accounts/corrupt` when `stored` is not a PHC string
   */
  async verify(password: string, stored: string | undefined): Promise<PasswordCheck> {
    const known = stored === undefined ? this.#nobody : parsePhc(stored);
    if (known === undefined) {
      throw new AccountError("accounts/corrupt", "Cannot check the password: its hash is damaged");
    }
    const acceptable = isAcceptable(password);
    const hash = await this.#work(acceptable ? password : "", known.salt, known.hash.length, known);
    const equal = timingSafeEqual(hash, known.hash);
    const { ln, r, p } = this.#cost;
    const outdated = known.ln !== ln || known.r !== r || known.p !== p;
    return { matches: equal && acceptable && stored !== undefined, outdated };
  }

  #work(
    password: string,
    salt: Uint8Array,
    length: number,
    cost: ScryptCost,
  ): Promise<Uint8Array> {
    const bytes = new TextEncoder().encode(password.normalize("NFC"));
    const result = this.#turnstile.run(() => this.#derive(bytes, salt, length, cost));
    if (result !== undefined) return result;
    throw new AccountError("accounts/busy", "Cannot check the password: too many are waiting", {
      hint: "Try again in a few seconds.",
      retryAfter: Math.ceil(this.#turnstile.load / 2) * TURN_MS,
    });
  }
}

/** Whether it can be a password at all; what cannot be never matches. */
function isAcceptable(password: string): boolean {
  return password.length <= MAX_PASSWORD_BYTES && password.isWellFormed() &&
    new TextEncoder().encode(password).length <= MAX_PASSWORD_BYTES;
}

/**
 * Refuses what must not become a password.
 *
 * @throws {AccountError} `accounts/password-too-short` under {@linkcode MIN_PASSWORD_LENGTH}
 *   characters, `accounts/password-invalid` over {@linkcode MAX_PASSWORD_BYTES} or with unpaired
 *   surrogates
 */
export function checkNewPassword(password: string): void {
  if (!isAcceptable(password)) {
    throw new AccountError(
      "accounts/password-invalid",
      `Cannot use the password: it is longer than ${MAX_PASSWORD_BYTES} bytes or not valid text`,
    );
  }
  if ([...password.normalize("NFC")].length < MIN_PASSWORD_LENGTH) {
    throw new AccountError(
      "accounts/password-too-short",
      `Cannot use the password: it has fewer than ${MIN_PASSWORD_LENGTH} characters`,
    );
  }
}
