/**
 * Cookies of signing in. With https they have the prefix `__Host-` (RFC 6265bis, section 4.1.3.2),
 * which no other host of the domain can write: nobody can put a login of theirs into somebody else's
 * browser.
 *
 * @module
 */
import type { OidcContext } from "./env.ts";
import { LOGIN_PATIENCE_MS } from "./started.ts";

/** The cookie that the other doors read a token from. */
const TOKEN = "authToken";

/** Names and attributes, as the node's public address asks for. */
export class Cookies {
  readonly #secure: boolean;

  /** @param base the node's public origin */
  constructor(base: string) {
    this.#secure = base.startsWith("https:");
  }

  /** The login that this browser has begun. */
  login(context: OidcContext): string | undefined {
    const wanted = this.#loginName;
    for (const pair of (context.env.incoming.headers.cookie ?? "").split(";")) {
      const equals = pair.indexOf("=");
      if (equals > 0 && pair.slice(0, equals).trim() === wanted) {
        return pair.slice(equals + 1).trim();
      }
    }
    return undefined;
  }

  /** Remembers a login in this browser. */
  keepLogin(context: OidcContext, value: string): void {
    this.#set(context, this.#loginName, value, LOGIN_PATIENCE_MS);
  }

  /** Forgets it. */
  dropLogin(context: OidcContext): void {
    this.#set(context, this.#loginName, "", 0);
  }

  /** Hands a token to the browser; scripts of a page cannot read it. */
  keepToken(context: OidcContext, token: string, lifetime: number): void {
    this.#set(context, TOKEN, token, lifetime);
  }

  get #loginName(): string {
    return this.#secure ? "__Host-chatnode-login" : "chatnode-login";
  }

  /** Lax: the browser comes back from the provider's site, and has to bring it. */
  #set(context: OidcContext, name: string, value: string, lifetime: number): void {
    const age = Math.max(0, Math.floor(lifetime / 1000));
    const secure = this.#secure ? "; Secure" : "";
    context.header(
      "Set-Cookie",
      `${name}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${secure}`,
      { append: true },
    );
  }
}
