import type { Verification } from "../accounts/accounts.ts";
import type { Identity } from "../accounts/contract.ts";
import type { Entrance, Entry } from "../accounts/guests.ts";
import { ChatnodeError } from "../errors.ts";
import type { ClientFrame } from "./frames.ts";

/** Who can say who somebody is. */
export interface Verifier {
  /** Finds whose token it is; see `Accounts.verify`. */
  verify(token: string | undefined): Promise<Verification>;
  /** Lets people in by name; absent where a token is the only way in. */
  readonly entrance?: Entrance;
}

/** Finds out who one client is. */
export class Identification {
  readonly #verifier: Verifier;
  /** How somebody without a token came in. */
  #entry: Entry | undefined;

  constructor(verifier: Verifier) {
    this.#verifier = verifier;
  }

  /**
   * @param token that came with the transport's handshake
   * @throws {ChatnodeError} `auth/none`, `auth/invalid`, `auth/expired`, `auth/no-subject`
   * @throws {AccountError} as `Entrance.enter`
   */
  async identify(
    hello: ClientFrame & { readonly type: "hello" },
    token: string | undefined,
    remote: string | undefined,
  ): Promise<Identity> {
    const { name, password } = hello;
    const given = hello.token ?? token;
    const { entrance } = this.#verifier;
    if (given !== undefined || name === undefined || entrance === undefined) {
      return await this.verify(given);
    }
    const introduction = password === undefined ? { name } : { name, password };
    this.#entry = await entrance.enter(introduction, remote);
    return this.#entry.identity;
  }

  /** Whose token it is. @throws {ChatnodeError} `auth/...` as `identify` */
  async verify(token: string | undefined): Promise<Identity> {
    const found = await this.#verifier.verify(token);
    if (found.ok) return found.identity;
    throw new ChatnodeError(
      `auth/${found.reason}`,
      `Cannot accept the token: ${found.detail}`,
      { hint: "Sign in again." },
    );
  }

  /** The client is gone: a guest's name is free again. Idempotent. */
  leave(): void {
    this.#entry?.leave();
  }
}
