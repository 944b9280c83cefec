/**
 * Signing in to the node by an identity provider, in a browser:
 *
 * - `GET /auth/oidc/login` (`?next=/path`) sends the browser to the provider; `POST` with a form
 *   takes an `invite` too.
 * - `POST /auth/oidc/link` does so for who is signed in, to add the identity to their account.
 * - `GET /auth/oidc/account` is the page that a login ends with unless it was told another; its
 *   button, `POST /auth/oidc/token`, shows the token for programs that are no browser.
 * - `GET /auth/oidc/callback` is where the provider sends it back; it ends with the token in the
 *   cookie `authToken`, which the other doors read, and nothing in any address.
 *
 * @module
 */
import { Hono } from "hono";
import type { Identity } from "../../accounts/contract.ts";
import { Delays } from "../../accounts/delays.ts";
import { AccountError } from "../../accounts/failure.ts";
import type { Grant } from "../../accounts/oidc/contract.ts";
import { isLoopback, partyOf } from "../../accounts/remote.ts";
import { visible } from "../../text.ts";
import { isAllowedOrigin, readUpgradeToken } from "../../wire/handshake.ts";
import { failed, notBegun, notSignedIn, page } from "./answers.ts";
import { Cookies } from "./cookies.ts";
import { type OidcContext, type OidcEnv, type OidcParts, PATHS, VIA } from "./env.ts";
import { type Started, StartedLogins } from "./started.ts";

/** Failed logins of one address; each costs the provider a request. */
const FAILURES = { free: 20, first: 1_000, longest: 60_000 };
const FAILURE_LIMITS = { kept: 10_000, window: 15 * 60_000 };
/** Characters of an invite and of a path. */
const MAX_INVITE_LENGTH = 100;
const MAX_NEXT_LENGTH = 500;
/** A path that browsers do not take for a host: "//host", and "/\\host" too. */
const LOCAL = /^\/(?![/\\])[\x21-\x7e]*$/;

/** The routes; see the module's description. */
export function oidcRoutes(parts: OidcParts): Hono<OidcEnv> {
  const door = new Door(parts);
  const routes = new Hono<OidcEnv>();
  routes.onError((error, context) => failed(error, context));
  routes.get(PATHS.login, (context) => door.begin(context, new URL(context.req.url).searchParams));
  routes.post(PATHS.login, async (context) => door.begin(context, await formOf(context)));
  routes.post(PATHS.link, (context) => door.beginLink(context));
  routes.get(PATHS.account, (context) => door.account(context));
  routes.post(PATHS.token, (context) => door.token(context));
  routes.get(PATHS.callback, (context) => door.finish(context));
  return routes;
}

class Door {
  readonly #parts: OidcParts;
  readonly #started: StartedLogins;
  readonly #cookies: Cookies;
  readonly #failures: Delays;

  constructor(parts: OidcParts) {
    this.#parts = parts;
    this.#started = new StartedLogins(parts.clock, parts.random);
    this.#cookies = new Cookies(parts.base);
    this.#failures = new Delays(parts.clock, FAILURE_LIMITS);
  }

  async begin(context: OidcContext, asked: URLSearchParams): Promise<Response> {
    const next = this.#localPath(asked.get("next"));
    // An address is written down in many places: an invite comes in a form only.
    const invite = context.req.method === "POST" ? asked.get("invite") ?? "" : "";
    return await this.#send(context, {
      next,
      invite: invite.slice(0, MAX_INVITE_LENGTH),
      link: "",
    });
  }

  async beginLink(context: OidcContext): Promise<Response> {
    const found = this.#isOwnPage(context) ? await this.#holder(context) : undefined;
    if (found === undefined) return notSignedIn(context);
    return await this.#send(context, { next: "/", invite: "", link: found.who.name });
  }

  async account(context: OidcContext): Promise<Response> {
    const found = await this.#holder(context);
    if (found === undefined) return notSignedIn(context);
    return page(context, 200, {
      title: "Signed in",
      text: `You are ${visible(found.who.address)}.`,
      form: { action: PATHS.token, button: "Show a token for another program" },
      link: { href: "/", text: "Go on" },
    });
  }

  /** The one that the browser has, so that signing out ends both. */
  async token(context: OidcContext): Promise<Response> {
    const found = this.#isOwnPage(context) ? await this.#holder(context) : undefined;
    if (found === undefined) return notSignedIn(context);
    const { who, token } = found;
    const until = who.expires === undefined ? "" : ` until ${new Date(who.expires).toISOString()}`;
    return page(context, 200, {
      title: "A token",
      text:
        `Whoever has it is ${visible(who.address)}${until}. chatnode client takes it from the ` +
        "environment variable CHATNODE_TOKEN.",
      code: token,
    });
  }

  async finish(context: OidcContext): Promise<Response> {
    const { address } = context.env.client;
    const cookie = this.#cookies.login(context);
    this.#cookies.dropLogin(context);
    const started = cookie === undefined ? undefined : await this.#started.take(cookie);
    if (started === undefined) return notBegun(context);
    this.#refuseMany(address);
    this.#count(address, "failed");
    const answer = new URL(context.req.url).searchParams;
    const grant = await this.#parts.party.finish(answer, started.pending);
    const response = started.link === ""
      ? await this.#signIn(context, started, grant)
      : await this.#link(context, started, grant);
    this.#count(address, "succeeded");
    return response;
  }

  async #signIn(
    context: OidcContext,
    { invite, next }: Started,
    { person }: Grant,
  ): Promise<Response> {
    const { accounts, hub, clock } = this.#parts;
    const { address: remote } = context.env.client;
    const arrival = { person, remoteAddress: remote, ...(invite === "" ? {} : { invite }) };
    const who = await hub.admit(
      { via: VIA, remote },
      () => accounts.authenticateByProvider(arrival),
    );
    const { token, expires } = await accounts.issue(who);
    this.#cookies.keepToken(context, token, expires - clock.now());
    // 303: the next request is a plain one, and the code is in no address any more.
    return context.redirect(next, 303);
  }

  async #link(context: OidcContext, { link }: Started, { person }: Grant): Promise<Response> {
    const { issuer, subject } = person;
    await this.#parts.accounts.registry.link(link, { issuer, by: "subject", value: subject });
    return page(context, 200, {
      title: "Linked",
      text: `From now on you can sign in to ${link} by this provider.`,
      link: { href: "/", text: "Go on" },
    });
  }

  async #send(context: OidcContext, rest: Omit<Started, "pending">): Promise<Response> {
    const { party, base } = this.#parts;
    const { url, pending } = await party.begin(`${base}${PATHS.callback}`, "once");
    this.#cookies.keepLogin(context, await this.#started.seal({ pending, ...rest }));
    context.header("Cache-Control", "no-store");
    return context.redirect(url, 303);
  }

  /** Whether a page of this node sent the form; browsers send cookies with any other page's too. */
  #isOwnPage({ env: { incoming } }: OidcContext): boolean {
    const { base, origins } = this.#parts;
    const { origin } = incoming.headers;
    return origin !== undefined && (origin === base || isAllowedOrigin(incoming, origins));
  }

  /** Whose cookie the browser has. */
  async #holder(
    { env: { incoming } }: OidcContext,
  ): Promise<{ readonly who: Identity; readonly token: string } | undefined> {
    const found = readUpgradeToken(incoming);
    if (found?.from !== "cookie") return undefined;
    const verified = await this.#parts.accounts.verify(found.token);
    return verified.ok ? { who: verified.identity, token: found.token } : undefined;
  }

  /** A path of this node; in place of everything that could lead elsewhere the account's page. */
  #localPath(text: string | null): string {
    const { base } = this.#parts;
    if (text === null || text.length > MAX_NEXT_LENGTH || !LOCAL.test(text)) return PATHS.account;
    const url = URL.parse(text, base);
    if (url === null || url.origin !== base) return PATHS.account;
    // Once more: "/.//host" has become "//host".
    const path = url.pathname + url.search + url.hash;
    return LOCAL.test(path) ? path : PATHS.account;
  }

  /** @throws {AccountError} `accounts/throttled` */
  #refuseMany(address: string): void {
    const party = partyOf(address);
    const wait = isLoopback(party) ? 0 : this.#failures.wait(party, FAILURES);
    if (wait === 0) return;
    throw new AccountError("accounts/throttled", "Cannot sign in: too many attempts", {
      hint: `Try again in ${Math.ceil(wait / 1000)} s.`,
      retryAfter: wait,
    });
  }

  #count(address: string, how: "failed" | "succeeded"): void {
    if (how === "failed") this.#failures.add(partyOf(address));
    else this.#failures.undo(partyOf(address));
  }
}

/** A form as browsers send it; what is none is empty. */
async function formOf(context: OidcContext): Promise<URLSearchParams> {
  const body = await context.env.body();
  return new URLSearchParams(new TextDecoder().decode(body));
}
