/**
 * The password of an XMPP account while its client runs: the one to come back with, which changes
 * when its person changes it.
 *
 * @module
 */
import type { Vault } from "../../accounts/vault/contract.ts";
import { getLogger } from "../../log.ts";
import type { Credentials } from "../../transports/xmpp/sasl/mechanism.ts";
import { secretName } from "./secret_name.ts";

/** What a password is known with. */
export interface OwnPasswordParts {
  /** A bare JID. */
  readonly account: string;
  readonly username: string;
  readonly password: string;
  readonly vault: Vault;
  /** Whether the vault holds it, or is to. */
  readonly isKept: boolean;
  /** Where else it stands, as a person calls it; undefined when nobody knows. */
  readonly source: string | undefined;
}

const log = getLogger(["xmpp"]);

/** See the module's description. */
export class OwnPassword {
  readonly #parts: OwnPasswordParts;
  #password: string;

  constructor(parts: OwnPasswordParts) {
    this.#parts = parts;
    this.#password = parts.password;
  }

  /** For each login the password of then. */
  get credentials(): Credentials {
    const read = () => this.#password;
    return {
      kind: "password",
      username: this.#parts.username,
      get password() {
        return read();
      },
    };
  }

  /** The server has taken another one. Says what its person should know. */
  async changed(password: string): Promise<string> {
    this.#password = password;
    const { isKept, source } = this.#parts;
    const isStored = isKept && await this.keep();
    if (isKept && !isStored) return "It could not be kept: the next start asks for it.";
    if (isStored) return "It is kept instead of the old one.";
    return source === undefined ? "" : `The old one still stands in ${source}.`;
  }

  /** Keeps it. One that cannot be kept stops nobody from chatting: false then. */
  async keep(): Promise<boolean> {
    const { vault, account } = this.#parts;
    try {
      await vault.set(secretName(account), this.#password);
      return true;
    } catch (error) {
      log.warn("the password cannot be kept: {error}", { error });
      return false;
    }
  }
}
