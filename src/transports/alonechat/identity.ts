/**
 * Routes for those who are signed in.
 *
 * @module
 */
import type { Identity } from "../../accounts/contract.ts";
import { httpToken } from "./credentials.ts";
import type { AloneContext, AloneParts } from "./env.ts";
import { refuse } from "./reply.ts";

/** A route. */
export type Route = (context: AloneContext) => Response | Promise<Response>;
/** A route that knows who asks. */
export type SignedInRoute = (
  context: AloneContext,
  who: Identity,
) => Response | Promise<Response>;

/** Lets in who shows a good token; the rest is answered 401. */
export function signedIn(
  parts: Pick<AloneParts, "accounts" | "origins">,
  route: SignedInRoute,
): Route {
  return async (context) => {
    const found = await parts.accounts.verify(httpToken(context.env.incoming, parts.origins));
    if (found.ok) return await route(context, found.identity);
    context.env.outgoing.setHeader("WWW-Authenticate", "Bearer");
    return refuse(context, 401, found.reason === "none" ? NO_TOKEN : INVALID);
  };
}

/** Lets in admins; others who are signed in are answered 403. The role is the account's. */
export function admin(
  parts: Pick<AloneParts, "accounts" | "origins">,
  route: SignedInRoute,
): Route {
  return signedIn(
    parts,
    (context, who) =>
      who.role === "admin"
        ? route(context, who)
        : refuse(context, 403, "Admin privileges required"),
  );
}

const NO_TOKEN = "No valid authentication token provided";
export const INVALID = "Invalid token";
