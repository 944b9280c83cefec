/**
 * What signing in with OpenID Connect gives, and what can go wrong with it.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { ChatnodeError } from "../../errors.ts";
import type { Random } from "../random.ts";

/** The part of the global `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What every exchange with a provider needs. */
export interface Tools {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
}

/** This program, as the provider knows it. */
export interface Client {
  readonly id: string;
  /** Absent for a public client (RFC 6749, section 2.1). */
  readonly secret?: string;
}

/** Who signed in, as the provider vouches for it. */
export interface Person {
  /** Exactly as the ID token has it. With {@linkcode Person.subject} the one lasting name. */
  readonly issuer: string;
  /** 1 to 255 characters of ASCII; means nothing without the issuer. */
  readonly subject: string;
  /** What the provider calls the person's address; anybody's unless {@linkcode emailVerified}. */
  readonly email?: string;
  /** True when the provider says that the address is the person's. */
  readonly emailVerified: boolean;
  /** What the person would like to be called; chosen by them, so it proves nothing. */
  readonly wishes: readonly string[];
}

/** What the token endpoint gave, checked. */
export interface Grant {
  readonly person: Person;
  /** As it came, for those that check it themselves. */
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** When both tokens are to be renewed, milliseconds since the epoch. */
  readonly expires: number;
}

/** What an {@linkcode OidcError} says. */
export type OidcErrorCode =
  /** The provider or the client is given in a form that cannot be used. */
  | "oidc/provider"
  /** No answer: no connection, or none in time. */
  | "oidc/unreachable"
  /** An answer that the standards do not allow: too large, no JSON, a redirect, a missing part. */
  | "oidc/answer"
  /** The provider can do without something that is needed, for example the device flow. */
  | "oidc/unsupported"
  /** The provider said no; {@linkcode OidcError.reason} is its word for it. */
  | "oidc/refused"
  /** What came back from the browser is not the answer to what was asked. */
  | "oidc/state"
  /** The ID token is not from this provider, not for this program, or not for this login. */
  | "oidc/id-token"
  /** Nobody finished the login in time. */
  | "oidc/expired"
  /** The provider has ended the login; only signing in again helps. */
  | "oidc/signed-out"
  /** No login is kept, or none of that name. */
  | "oidc/no-login";

/** A login that cannot be. The message holds no token, code or secret. */
export class OidcError extends ChatnodeError {
  override readonly name = "OidcError";
  declare readonly code: OidcErrorCode;
  /** The provider's error code (RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5). */
  readonly reason?: string;

  constructor(
    code: OidcErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown; reason?: string } = {},
  ) {
    super(code, message, options);
    if (options.reason !== undefined) this.reason = options.reason;
  }
}
