/**
 * The providers that have a name here, and all the others by their issuer.
 *
 * @module
 */
import { usableAddress } from "./addresses.ts";
import { OidcError } from "./contract.ts";

/** How one provider is talked to. */
export interface Provider {
  /** `google`, `microsoft`, or the issuer. */
  readonly name: string;
  /**
   * What its discovery document says of itself. `{tenantid}` stands for the claim `tid` of an ID
   * token: Microsoft's document for all tenants is nobody's own.
   */
  readonly issuer: string;
  /** Where the discovery document is found: `/.well-known/openid-configuration` follows. */
  readonly base: string;
  /** How a refresh token is asked for; undefined where the standard's way holds. */
  readonly lasting?: {
    readonly scopes: readonly string[];
    readonly parameters: Readonly<Record<string, string>>;
  };
  /** The host of redirects to a port that the system picked (RFC 8252, section 7.3). */
  readonly loopback: "127.0.0.1" | "localhost";
}

const GOOGLE: Provider = {
  name: "google",
  issuer: "https://accounts.google.com",
  base: "https://accounts.google.com",
  // It knows no offline_access, and gives a refresh token only where consent is asked for.
  lasting: { scopes: [], parameters: { access_type: "offline", prompt: "consent" } },
  loopback: "127.0.0.1",
};

const MICROSOFT: Provider = {
  name: "microsoft",
  issuer: "https://login.microsoftonline.com/{tenantid}/v2.0",
  base: "https://login.microsoftonline.com/common/v2.0",
  lasting: { scopes: ["offline_access"], parameters: { prompt: "select_account" } },
  // It lets the port vary only for localhost.
  loopback: "localhost",
};

/** The names that can stand in place of an issuer. */
export const PROVIDER_NAMES = ["google", "microsoft"] as const;

/**
 * The provider that a name or an issuer's address stands for.
 *
 * @throws {OidcError} `oidc/provider`
 */
export function providerOf(text: string): Provider {
  if (text === "google" || text === GOOGLE.issuer) return GOOGLE;
  if (text === "microsoft") return MICROSOFT;
  const url = usableAddress(text);
  if (url === undefined || url.search !== "") {
    throw new OidcError(
      "oidc/provider",
      "Cannot use the provider: it is neither google nor microsoft nor an issuer's https address",
      { hint: "For example https://id.example.org; http is for this machine only." },
    );
  }
  // Issuers are compared as text: what was typed is what the document has to say.
  return { name: text, issuer: text, base: text.replace(/\/$/, ""), loopback: "127.0.0.1" };
}
