/**
 * This program as a provider's client: everything that a login takes, in the order in which it is
 * called.
 *
 * @module
 */
import { authorizationUrl, codeOf, newPending, type Pending } from "./authorization.ts";
import { type Client, type Grant, OidcError, type Person, type Tools } from "./contract.ts";
import { awaitDevice, beginDevice, type DeviceLogin } from "./device.ts";
import { discover, type Metadata } from "./discovery.ts";
import { checkIdToken, type IdClaims } from "./id_token.ts";
import { KeySet } from "./keys.ts";
import { personOf } from "./person.ts";
import type { Provider } from "./providers.ts";
import { type Party, post, redeem, type Tokens } from "./token_endpoint.ts";

/** How long a provider's description is used before it is fetched anew, milliseconds. */
const METADATA_AGE_MS = 60 * 60_000;

/** After a failure it is asked for again this much later: many who sign in cost it one request. */
const METADATA_PAUSE_MS = 5_000;

/** `once`: who it is. `lasting`: with a refresh token, so that it can be used for long. */
export type Purpose = "once" | "lasting";

interface Known {
  readonly metadata: Metadata;
  readonly keys: KeySet;
}

/** See the module's description. */
export class RelyingParty {
  readonly provider: Provider;
  readonly client: Client;
  readonly #tools: Tools;
  #known: Promise<Known> | undefined;
  /** When the description is fetched anew, on the monotonic clock. */
  #until = 0;

  constructor(provider: Provider, client: Client, tools: Tools) {
    this.provider = provider;
    this.client = client;
    this.#tools = tools;
  }

  /**
   * Begins a login through the browser: send it to `url`, keep `pending`.
   *
   * @param redirectUri where the browser comes back to, as it is registered at the provider
   * @throws {OidcError} as `discover`
   */
  async begin(
    redirectUri: string,
    purpose: Purpose,
  ): Promise<{ readonly url: string; readonly pending: Pending }> {
    const { metadata } = await this.#discovered();
    const pending = newPending(redirectUri, this.#tools.random);
    const request = this.#request(metadata, purpose);
    return { url: authorizationUrl(metadata, this.client.id, pending, request), pending };
  }

  /**
   * Ends it with what the browser brought back.
   *
   * @throws {OidcError} `oidc/state`, `oidc/refused`, `oidc/id-token`, `oidc/answer`,
   *   `oidc/unreachable`
   */
  async finish(answer: URLSearchParams, pending: Pending, signal?: AbortSignal): Promise<Grant> {
    const known = await this.#discovered();
    const code = codeOf(answer, pending, known.metadata);
    const { verifier, redirectUri, nonce } = pending;
    const fields = { code, redirect_uri: redirectUri, code_verifier: verifier };
    const tokens = await redeem(
      this.#party(known),
      "Cannot sign in",
      { grant_type: "authorization_code", ...fields },
      signal,
    );
    return await this.#granted(known, tokens, nonce);
  }

  /** Begins a login on another device. @throws {OidcError} as `beginDevice` */
  async beginDevice(purpose: Purpose, signal?: AbortSignal): Promise<DeviceLogin> {
    const known = await this.#discovered();
    const { scope } = this.#request(known.metadata, purpose);
    return await beginDevice(this.#party(known), scope, signal);
  }

  /** Ends it. @throws {OidcError} as `awaitDevice`, and `oidc/id-token` */
  async finishDevice(login: DeviceLogin, signal: AbortSignal): Promise<Grant> {
    const known = await this.#discovered();
    const tokens = await awaitDevice(this.#party(known), login, signal);
    return await this.#granted(known, tokens, undefined);
  }

  /**
   * Renews a grant. The provider may have put another refresh token in place of the one that was
   * used: keep the result before anything else is done.
   *
   * @throws {OidcError} `oidc/signed-out` when the provider has ended it; as {@linkcode finish}
   */
  async refresh(grant: Grant & { readonly refreshToken: string }): Promise<Grant> {
    const known = await this.#discovered();
    const fields = { grant_type: "refresh_token", refresh_token: grant.refreshToken };
    const tokens = await redeem(this.#party(known), "Cannot renew the login", fields)
      .catch((error) => {
        throw signedOut(error) ?? error;
      });
    const refreshToken = tokens.refreshToken ?? grant.refreshToken;
    // A provider need not make a new ID token (Core, section 12.2); the person stays who they are.
    if (tokens.idToken === undefined) {
      const { accessToken, expires } = tokens;
      return { ...grant, accessToken, expires, refreshToken };
    }
    const { idToken } = tokens;
    const claims = await this.#check(known, { ...tokens, idToken }, undefined);
    checkSame({ issuer: claims.iss, subject: claims.sub }, grant.person);
    const { accessToken } = tokens;
    return { ...grant, idToken, accessToken, refreshToken, expires: sooner(tokens, claims) };
  }

  /**
   * Tells the provider that a token is no longer needed (RFC 7009).
   *
   * @returns false when it has no way to be told
   * @throws {OidcError} as `ask`; `oidc/answer` when it does not agree
   */
  async revoke(token: string, kind: "refresh_token" | "access_token"): Promise<boolean> {
    const known = await this.#discovered();
    const { revocation } = known.metadata;
    if (revocation === undefined) return false;
    const fields = { token, token_type_hint: kind };
    const party = this.#party(known);
    const { status, state } = await post(party, "the end of the login", revocation, fields);
    if (status === 200) return true;
    throw new OidcError("oidc/answer", `Cannot end the login there: ${state}`);
  }

  async #granted(known: Known, tokens: Tokens, nonce: string | undefined): Promise<Grant> {
    const { idToken, accessToken, refreshToken } = tokens;
    if (idToken === undefined) {
      throw new OidcError("oidc/answer", "Cannot sign in: the provider's answer has no ID token");
    }
    const claims = await this.#check(known, { ...tokens, idToken }, nonce);
    const person = await personOf(claims, accessToken, known.metadata, this.#tools);
    return {
      ...{ person, idToken, accessToken, expires: sooner(tokens, claims) },
      ...(refreshToken === undefined ? {} : { refreshToken }),
    };
  }

  #check(
    { keys, metadata }: Known,
    { idToken, accessToken }: Tokens & { readonly idToken: string },
    nonce: string | undefined,
  ): ReturnType<typeof checkIdToken> {
    const { issuer, signatures } = metadata;
    const { clock } = this.#tools;
    const expected = { issuer, signatures, nonce, accessToken, clock, clientId: this.client.id };
    return checkIdToken(idToken, keys, expected);
  }

  #party({ metadata }: Known): Party {
    return { metadata, client: this.client, tools: this.#tools };
  }

  #request(
    metadata: Metadata,
    purpose: Purpose,
  ): { scope: string; parameters: Readonly<Record<string, string>> } {
    const usual = ["openid", "email", "profile"];
    if (purpose === "once") return { scope: usual.join(" "), parameters: {} };
    const { scopes, parameters } = this.provider.lasting ??
      // Core, section 11: such access needs to be agreed to.
      (metadata.offlineAccess
        ? { scopes: ["offline_access"], parameters: { prompt: "consent" } }
        : { scopes: [], parameters: {} });
    return { scope: [...usual, ...scopes].join(" "), parameters };
  }

  /** At most one request at a time. */
  async #discovered(): Promise<Known> {
    const { clock } = this.#tools;
    if (this.#known === undefined || clock.monotonic() >= this.#until) {
      this.#until = Infinity;
      this.#known = this.#discover();
      this.#known.then(
        () => this.#until = clock.monotonic() + METADATA_AGE_MS,
        () => this.#until = clock.monotonic() + METADATA_PAUSE_MS,
      );
    }
    return await this.#known;
  }

  async #discover(): Promise<Known> {
    const metadata = await discover(this.provider, this.#tools);
    return { metadata, keys: new KeySet(metadata.keys, this.#tools) };
  }
}

/** When the first of both tokens ends. */
function sooner({ expires }: Tokens, { exp }: IdClaims): number {
  return Math.min(expires, (exp ?? 0) * 1000);
}

function signedOut(error: unknown): OidcError | undefined {
  if (!(error instanceof OidcError) || error.reason !== "invalid_grant") return undefined;
  return new OidcError("oidc/signed-out", "Cannot renew the login: the provider has ended it", {
    hint: "Sign in again: chatnode account login",
    cause: error,
    reason: error.reason,
  });
}

/** Core, section 12.2. */
function checkSame(
  { issuer, subject }: Pick<Person, "issuer" | "subject">,
  before: Person,
): void {
  if (issuer === before.issuer && subject === before.subject) return;
  throw new OidcError(
    "oidc/id-token",
    "Cannot accept the provider's ID token: it is about another person",
  );
}
