/**
 * The token by which an account comes in again (XEP-0484), kept with its password: as long as that
 * is kept, and as well as it is.
 *
 * @module
 */
import type { Vault } from "../../accounts/vault/contract.ts";
import { ChatnodeError } from "../../errors.ts";
import { getLogger } from "../../log.ts";
import { type FastToken, TOKEN_MECHANISMS } from "../../transports/xmpp/sasl/hashed_token.ts";
import type { TokenStore } from "../../transports/xmpp/session/extended_login.ts";

/** What keeping a token takes. */
export interface KeptTokenOptions {
  readonly vault: Vault;
  /** What the vault calls it. */
  readonly name: string;
  /** The token is good for this installation alone. */
  readonly installation: string;
}

const log = getLogger(["xmpp"]);

/**
 * See the module's description. What the vault cannot do is told once in the log, and the token
 * stays for this run: nobody is kept from logging in by it.
 */
export class KeptToken implements TokenStore {
  readonly #options: KeptTokenOptions;
  #token: FastToken | undefined;
  #isRead = false;
  #hasFailed = false;

  constructor(options: KeptTokenOptions) {
    this.#options = options;
  }

  async load(): Promise<FastToken | undefined> {
    if (!this.#isRead) {
      this.#isRead = true;
      const { vault, name, installation } = this.#options;
      const text = await this.#attempt(() => vault.get(name));
      this.#token = text === undefined ? undefined : readToken(text, installation);
    }
    return this.#token;
  }

  async save(token: FastToken | undefined): Promise<void> {
    const { vault, name, installation } = this.#options;
    this.#isRead = true;
    this.#token = token;
    await this.#attempt(async () => {
      if (token === undefined) await vault.delete(name);
      else await vault.set(name, JSON.stringify({ ...token, installation }));
    });
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ChatnodeError)) throw error;
      if (!this.#hasFailed) {
        log.warn("the token of an account cannot be kept: {code}", { code: error.code });
      }
      this.#hasFailed = true;
      return undefined;
    }
  }
}

/** Undefined for what is no token of this installation. */
function readToken(text: string, installation: string): FastToken | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Its message would quote the secret.
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { mechanism: named, token, expires, count, installation: whose } = value as Record<
    string,
    unknown
  >;
  const mechanism = TOKEN_MECHANISMS.find((each) => each === named);
  const isWhole = typeof token === "string" && Number.isSafeInteger(expires) &&
    Number.isSafeInteger(count) && whose === installation;
  if (mechanism === undefined || !isWhole) return undefined;
  return { mechanism, token, expires: Number(expires), count: Number(count) };
}
