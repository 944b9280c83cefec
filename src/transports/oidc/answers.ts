/**
 * Pages for people whose login did not work, and what they can do next.
 *
 * @module
 */
import { AccountError, type AccountErrorCode } from "../../accounts/failure.ts";
import { OidcError, type OidcErrorCode } from "../../accounts/oidc/contract.ts";
import { type EndPage, endPage, PAGE_HEADERS } from "../../accounts/oidc/page.ts";
import { HubError } from "../../hub/errors.ts";
import { getLogger } from "../../log.ts";
import { visible } from "../../text.ts";
import { type OidcContext, PATHS } from "./env.ts";

const OIDC_STATUS: Readonly<Record<OidcErrorCode, number>> = {
  "oidc/provider": 500,
  "oidc/unreachable": 502,
  "oidc/answer": 502,
  "oidc/unsupported": 502,
  "oidc/refused": 403,
  "oidc/state": 400,
  "oidc/id-token": 403,
  "oidc/expired": 400,
  "oidc/signed-out": 403,
  "oidc/no-login": 400,
};

/** What is the person's to know; everything else is the node's own trouble. */
const ACCOUNT_STATUS: Readonly<Partial<Record<AccountErrorCode, number>>> = {
  "accounts/registration-closed": 403,
  "accounts/invite-required": 403,
  "accounts/invite-invalid": 403,
  "accounts/disabled": 403,
  "accounts/linked": 409,
  "accounts/unknown": 403,
  "accounts/too-many": 503,
  "accounts/name-taken": 503,
  "accounts/throttled": 429,
  "accounts/busy": 503,
};

const AGAIN = { href: PATHS.login, text: "Begin again" };
const INVITE = {
  action: PATHS.login,
  button: "Go on",
  field: { name: "invite", label: "Your invitation" },
};

/** Answers with a page. */
export function page(context: OidcContext, status: number, content: EndPage): Response {
  for (const [name, value] of Object.entries(PAGE_HEADERS)) context.header(name, value);
  return context.body(endPage(content), status as 200);
}

/** A login that nobody here has begun. */
export function notBegun(context: OidcContext): Response {
  return page(context, 400, {
    title: "Not signed in",
    text: "This browser has not begun a login here, or has taken longer than ten minutes.",
    link: AGAIN,
  });
}

/** Somebody without a token where one is needed. */
export function notSignedIn(context: OidcContext): Response {
  return page(context, 401, {
    title: "Not signed in",
    text: "Sign in first, here or with your password; the login may have ended.",
    link: { href: PATHS.login, text: "Sign in" },
  });
}

/** Answers an error; what was not meant for the person is logged and not told. */
export function failed(error: Error, context: OidcContext): Response {
  if (error instanceof AccountError) return accountFailed(error, context);
  if (error instanceof OidcError) {
    const log = getLogger(["oidc"]);
    const status = OIDC_STATUS[error.code];
    if (status >= 500) log.warn("{error}", { error: error.message });
    else log.debug("{error}", { error: error.message });
    return page(context, status, {
      title: "Not signed in",
      text: `${error.message}.`,
      link: AGAIN,
    });
  }
  if (error instanceof HubError) {
    return page(context, error.code === "hub/closed" ? 503 : 403, {
      title: "Not signed in",
      text: `${error.message}.`,
    });
  }
  return broken(error, context);
}

function accountFailed(error: AccountError, context: OidcContext): Response {
  const status = ACCOUNT_STATUS[error.code];
  if (status === undefined) return broken(error, context);
  if (error.retryAfter !== undefined) {
    context.header("Retry-After", `${Math.max(1, Math.ceil(error.retryAfter / 1000))}`);
  }
  const hint = error.hint === undefined ? "" : ` ${error.hint}`;
  const asks = error.code === "accounts/invite-required" ||
    error.code === "accounts/invite-invalid";
  return page(context, status, {
    title: asks ? "An invitation is needed" : "Not signed in",
    text: visible(`${error.message}.${hint}`),
    ...(asks ? { form: INVITE } : { link: AGAIN }),
  });
}

function broken(error: Error, context: OidcContext): Response {
  getLogger(["oidc"]).error("{path} failed: {error}", { path: context.req.path, error });
  return page(context, 503, {
    title: "Not signed in",
    text: "The node has a fault of its own. Its operator finds it in the log.",
  });
}
