/**
 * Logins that have begun: each is kept in a cookie of the browser that began it, encrypted for this
 * process alone. So nobody else's browser can end it, strangers cannot fill a table with logins, and
 * a login counts once.
 *
 * @module
 */
import { LruMap } from "../../accounts/lru.ts";
import type { Pending } from "../../accounts/oidc/authorization.ts";
import type { Random } from "../../accounts/random.ts";
import type { Clock } from "../../clock.ts";

/** How long somebody may take at the provider, milliseconds. */
export const LOGIN_PATIENCE_MS = 10 * 60_000;

/** What a login is begun with, and what it needs at its end. */
export interface Started {
  readonly pending: Pending;
  /** Where to go on afterwards: a path of this node. */
  readonly next: string;
  /** For who has no account yet; empty for none. */
  readonly invite: string;
  /** The account that gets the identity, instead of a sign-in; empty for none. */
  readonly link: string;
}

const IV_BYTES = 12;
/** Ends that are remembered; one that was forgotten still has a code that the provider takes once. */
const KEPT_ENDS = 10_000;
/** Longest cookie that is looked at, characters. */
const MAX_LENGTH = 4096;

/** See the module's description. */
export class StartedLogins {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #key: Promise<CryptoKey>;
  readonly #ended = new LruMap<string, true>(KEPT_ENDS);

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#key = crypto.subtle.importKey("raw", random(32), "AES-GCM", false, [
      ...["encrypt", "decrypt"] as const,
    ]);
  }

  /** The cookie's value. */
  async seal(started: Started): Promise<string> {
    const iv = this.#random(IV_BYTES);
    const ends = this.#clock.monotonic() + LOGIN_PATIENCE_MS;
    const plain = new TextEncoder().encode(JSON.stringify({ started, ends }));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await this.#key, plain);
    return new Uint8Array([...iv, ...new Uint8Array(data)])
      .toBase64({ alphabet: "base64url", omitPadding: true });
  }

  /** The login of a cookie, once; undefined when it is none, over, or another process's. */
  async take(cookie: string): Promise<Started | undefined> {
    const opened = await this.#open(cookie);
    if (opened === undefined || opened.ends <= this.#clock.monotonic()) return undefined;
    const { state } = opened.started.pending;
    if (this.#ended.get(state) === true) return undefined;
    this.#ended.set(state, true);
    return opened.started;
  }

  async #open(cookie: string): Promise<{ started: Started; ends: number } | undefined> {
    if (cookie.length > MAX_LENGTH) return undefined;
    try {
      const bytes = Uint8Array.fromBase64(cookie, { alphabet: "base64url" });
      const iv = bytes.subarray(0, IV_BYTES);
      const data = bytes.subarray(IV_BYTES);
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await this.#key, data);
      return JSON.parse(new TextDecoder().decode(plain)) as { started: Started; ends: number };
    } catch {
      return undefined;
    }
  }
}
