/**
 * The keys by which a provider signs, as they change.
 *
 * @module
 */
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { ask } from "./ask.ts";
import { OidcError, type Tools } from "./contract.ts";

/** How long keys are used before they are fetched anew, milliseconds. */
const MAX_AGE_MS = 10 * 60_000;
/** A token with an unknown key makes them be fetched at most this often, milliseconds. */
const COOLDOWN_MS = 30_000;
/** More keys than any provider publishes. */
const MAX_KEYS = 100;

/** A provider's key set (RFC 7517). */
export class KeySet {
  readonly #url: string;
  readonly #tools: Tools;
  #keys: JWTVerifyGetKey | undefined;
  #fetched = 0;
  #fetching: Promise<JWTVerifyGetKey> | undefined;

  constructor(url: string, tools: Tools) {
    this.#url = url;
    this.#tools = tools;
  }

  /** The keys as they were a while ago at most. @throws {OidcError} as `ask` does */
  async current(): Promise<JWTVerifyGetKey> {
    if (this.#keys !== undefined && this.#age() < MAX_AGE_MS) return this.#keys;
    return await this.#fetchOnce();
  }

  /**
   * The keys as they are now, for a token whose key is not among the current ones; undefined when
   * they were fetched a moment ago, so that nobody can make every token cost a request.
   */
  async renewed(): Promise<JWTVerifyGetKey | undefined> {
    if (this.#keys !== undefined && this.#age() < COOLDOWN_MS) return undefined;
    return await this.#fetchOnce();
  }

  #age(): number {
    return this.#tools.clock.monotonic() - this.#fetched;
  }

  #fetchOnce(): Promise<JWTVerifyGetKey> {
    this.#fetching ??= this.#fetch().finally(() => this.#fetching = undefined);
    return this.#fetching;
  }

  async #fetch(): Promise<JWTVerifyGetKey> {
    const { status, body, state } = await ask(this.#tools, {
      what: "the provider's keys",
      url: this.#url,
      headers: { Accept: "application/json, application/jwk-set+json" },
    });
    const keys = body?.["keys"];
    if (status !== 200 || !Array.isArray(keys)) {
      throw new OidcError("oidc/answer", `Cannot get the provider's keys: ${state}`);
    }
    this.#keys = createLocalJWKSet({ keys: keys.slice(0, MAX_KEYS).filter(isPublic) });
    this.#fetched = this.#tools.clock.monotonic();
    return this.#keys;
  }
}

type Jwk = JSONWebKeySet["keys"][number];

/** What verifies signatures only; a shared secret (`oct`) has no place in a published set. */
function isPublic(key: unknown): key is Jwk {
  if (typeof key !== "object" || key === null || !("kty" in key)) return false;
  const usable = key.kty === "RSA" || key.kty === "EC" || key.kty === "OKP";
  return usable && !("d" in key) && (!("use" in key) || key.use === "sig");
}
