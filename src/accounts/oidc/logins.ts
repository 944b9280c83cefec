/**
 * The logins of the person who runs this program, kept in their vault and renewed when they are
 * used. Whoever writes somewhere under that person's name asks {@linkcode Logins.current}.
 *
 * @module
 */
import { hash } from "node:crypto";
import type { Vault } from "../vault/contract.ts";
import { type Client, type Grant, OidcError, type Person, type Tools } from "./contract.ts";
import { type Provider, providerOf } from "./providers.ts";
import { RelyingParty } from "./relying_party.ts";

/** A login as lists show it; nothing of it is secret. */
export interface LoginSummary {
  /** What the person is called elsewhere: the verified e-mail address, else the subject. */
  readonly sender: string;
  /** `google`, `microsoft`, or the issuer. */
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  /** The one that is used when nobody says which. */
  readonly current: boolean;
  /** Whether it goes on by itself when its tokens end. */
  readonly renewable: boolean;
  /** When its tokens end, milliseconds since the epoch. */
  readonly expires: number;
}

/** A login with tokens that are good for a minute at least. */
export interface CurrentLogin extends LoginSummary {
  readonly idToken: string;
  readonly accessToken: string;
}

/** A secret of the vault: everything that renewing a login takes. */
interface Kept {
  readonly provider: string;
  readonly client: Client;
  readonly grant: Grant;
}

interface Found extends Kept {
  readonly name: string;
}

const PREFIX = "oidc:login:";
const CURRENT = "oidc:current";
/** Tokens that end sooner are renewed before they are given away, milliseconds. */
const FRESH_MS = 60_000;

/** What a person is called elsewhere. An address that is not verified may be anybody's. */
export function senderOf({ email, emailVerified, subject }: Person): string {
  return emailVerified && email !== undefined ? email : subject;
}

/** See the module's description. */
export class Logins {
  readonly #vault: Vault;
  readonly #tools: Tools;

  constructor(vault: Vault, tools: Tools) {
    this.#vault = vault;
    this.#tools = tools;
  }

  /**
   * Keeps a login in place of the same person's former one; it is the current one from now on.
   *
   * @throws {VaultError} or {AccountError} as the vault
   */
  async keep(provider: Provider, client: Client, grant: Grant): Promise<LoginSummary> {
    const name = nameOf(grant.person);
    return await this.#vault.alone(async () => {
      await this.#write({ name, provider: provider.name, client, grant });
      await this.#vault.set(CURRENT, name);
      return summary({ name, provider: provider.name, client, grant }, name);
    });
  }

  /** Every login that is kept, the current one first, then by sender. */
  async list(): Promise<LoginSummary[]> {
    const current = await this.#vault.get(CURRENT);
    return (await this.#all()).map((login) => summary(login, current)).sort((a, b) =>
      Number(b.current) - Number(a.current) || (a.sender < b.sender ? -1 : 1)
    );
  }

  /**
   * The login to act under, with fresh tokens. Several processes may ask at once: one renews, since
   * providers take the second use of a refresh token for a theft.
   *
   * @param who a sender or subject; the current login unless told
   * @throws {OidcError} `oidc/no-login`, `oidc/signed-out`; `oidc/unreachable`, `oidc/answer` and
   *   the like when it has to be renewed and cannot be
   * @throws {VaultError} or {AccountError} as the vault
   */
  async current(who?: string): Promise<CurrentLogin> {
    const current = await this.#vault.get(CURRENT);
    let login = await this.#find(who);
    if (!this.#isFresh(login)) {
      login = await this.#vault.alone(async () => await this.#renewed(await this.#find(who)));
    }
    const { idToken, accessToken } = login.grant;
    return { ...summary(login, current), idToken, accessToken };
  }

  /**
   * Forgets a login, and tells the provider. It is forgotten even when the provider cannot be told.
   *
   * @param who a sender or subject; the current login unless told
   * @returns the login, and whether the provider knows: `unable` when it has no way to be told,
   *   else the reason why it could not be
   * @throws {OidcError} `oidc/no-login`
   */
  async forget(
    who?: string,
  ): Promise<{ readonly login: LoginSummary; readonly told: "told" | "unable" | OidcError }> {
    return await this.#vault.alone(async () => {
      const current = await this.#vault.get(CURRENT);
      const login = await this.#find(who);
      await this.#vault.delete(login.name);
      if (current === login.name) await this.#vault.delete(CURRENT);
      return { login: summary(login, current), told: await this.#tell(login) };
    });
  }

  async #tell({ provider, client, grant }: Kept): Promise<"told" | "unable" | OidcError> {
    const { refreshToken, accessToken } = grant;
    const party = new RelyingParty(providerOf(provider), client, this.#tools);
    try {
      const told = refreshToken === undefined
        ? await party.revoke(accessToken, "access_token")
        : await party.revoke(refreshToken, "refresh_token");
      return told ? "told" : "unable";
    } catch (error) {
      if (error instanceof OidcError) return error;
      throw error;
    }
  }

  #isFresh({ grant }: Kept): boolean {
    return grant.expires - this.#tools.clock.now() > FRESH_MS;
  }

  /** Within {@linkcode Vault.alone}: somebody else may have renewed it just now. */
  async #renewed(login: Found): Promise<Found> {
    if (this.#isFresh(login)) return login;
    const { grant, client } = login;
    const { refreshToken } = grant;
    if (refreshToken === undefined) {
      if (grant.expires > this.#tools.clock.now()) return login;
      throw new OidcError("oidc/signed-out", "Cannot use the login: it has ended", {
        hint: "Sign in again: chatnode account login",
      });
    }
    const party = new RelyingParty(providerOf(login.provider), client, this.#tools);
    const renewed = { ...login, grant: await party.refresh({ ...grant, refreshToken }) };
    await this.#write(renewed);
    return renewed;
  }

  async #find(who: string | undefined): Promise<Found> {
    if (who === undefined) {
      const name = await this.#vault.get(CURRENT);
      const login = name === undefined ? undefined : await this.#read(name);
      if (login !== undefined) return login;
      throw new OidcError("oidc/no-login", "Cannot use a login: nobody is signed in", {
        hint: "Sign in with: chatnode account login",
      });
    }
    const fits = ({ grant: { person } }: Kept) => [senderOf(person), person.subject].includes(who);
    const [login, ...others] = (await this.#all()).filter(fits);
    if (login !== undefined && others.length === 0) return login;
    throw new OidcError(
      "oidc/no-login",
      `Cannot use that login: ${login === undefined ? "there is none" : "several are called so"}`,
      { hint: "See: chatnode account whoami --all" },
    );
  }

  async #all(): Promise<Found[]> {
    const names = await this.#vault.list(PREFIX);
    const logins = await Promise.all(names.map((name) => this.#read(name)));
    return logins.filter((login) => login !== undefined);
  }

  async #read(name: string): Promise<Found | undefined> {
    const text = await this.#vault.get(name);
    // The vault vouches for what stands there: this program has written it.
    return text === undefined ? undefined : { ...JSON.parse(text) as Kept, name };
  }

  async #write({ name, provider, client, grant }: Found): Promise<void> {
    await this.#vault.set(name, JSON.stringify({ provider, client, grant } satisfies Kept));
  }
}

/** Issuer and subject may be longer than a name, and hold what no name does. */
function nameOf({ issuer, subject }: Person): string {
  return PREFIX + hash("sha256", JSON.stringify([issuer, subject]), "hex");
}

function summary({ name, provider, grant }: Found, current: string | undefined): LoginSummary {
  const { person, refreshToken, expires } = grant;
  return {
    sender: senderOf(person),
    provider,
    issuer: person.issuer,
    subject: person.subject,
    current: name === current,
    renewable: refreshToken !== undefined,
    expires,
  };
}
