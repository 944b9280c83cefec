import { Hono } from "hono";
import { AccountError } from "../../accounts/failure.ts";
import type { AloneContext, AloneEnv, AloneParts } from "./env.ts";
import { VIA } from "./env.ts";
import { type Fields, readFields, requireTexts } from "./fields.ts";
import { signedIn } from "./identity.ts";
import { refuse, reply } from "./reply.ts";
import { retryAfter } from "./refusals.ts";

/** AloneChat's words for what `Accounts.register` refuses; the other sentences are its own. */
const REGISTER_WORDS: Readonly<Record<string, string>> = {
  "accounts/name-taken": "Username already exists",
  "accounts/password-too-short": "Password must be at least 6 characters",
  "accounts/name-length": "Username must be between 3-20 characters",
};

/** Register, log in, log out. */
export function accountRoutes(parts: AloneParts): Hono<AloneEnv> {
  const routes = new Hono<AloneEnv>();
  routes.post("/api/register", (context) => register(parts, context));
  routes.post("/api/login", (context) => login(parts, context));
  routes.post(
    "/api/logout",
    signedIn(parts, async (context, who) => {
      await parts.accounts.revoke(who);
      parts.mailboxes.revoke(({ token }) => token === who.token, who.address);
      return reply(context, 200, { success: true, message: "Logout successful" });
    }),
  );
  return routes;
}

async function register(parts: AloneParts, context: AloneContext): Promise<Response> {
  const fields = await readFields(context);
  const checked = requireTexts(fields, "username", "password");
  if ("faults" in checked) return refuse(context, 422, checked.faults);
  const { username: name, password } = checked.texts;
  const invite = inviteOf(fields);
  try {
    const remoteAddress = context.env.client.address;
    await parts.accounts.register({ name, password, remoteAddress, ...invite });
  } catch (error) {
    return refused(context, error, ({ code, message }) => REGISTER_WORDS[code] ?? message);
  }
  return reply(context, 200, { success: true, token: null, message: "Registration successful" });
}

async function login(parts: AloneParts, context: AloneContext): Promise<Response> {
  const checked = requireTexts(await readFields(context), "username", "password");
  if ("faults" in checked) return refuse(context, 422, checked.faults);
  const { username, password } = checked.texts;
  const { accounts, hub, mailboxes } = parts;
  const { address: remote } = context.env.client;
  try {
    const who = await hub.admit(
      { via: VIA, remote },
      () => accounts.authenticate(username, password, remote),
    );
    const { token } = await accounts.issue(who);
    mailboxes.ensure(who);
    const message = who.role === "admin" ? "Admin login successful" : "Login successful";
    return reply(context, 200, { success: true, token, message });
  } catch (error) {
    return refused(
      context,
      error,
      ({ code, message }) =>
        code === "accounts/credentials" ? "Incorrect username or password" : message,
    );
  }
}

/** A refusal in AloneChat's form; 200 unless waiting would help. */
function refused(
  context: AloneContext,
  error: unknown,
  words: (error: AccountError) => string,
): Response {
  if (!(error instanceof AccountError) || FAULTS.has(error.code)) throw error;
  retryAfter(context, error.retryAfter);
  const hint = error.retryAfter === undefined ? "" : `. ${error.hint ?? ""}`;
  const body = { success: false, token: null, message: words(error) + hint };
  return reply(context, error.retryAfter === undefined ? 200 : 429, body);
}

/** Not the caller's doing. */
const FAULTS: ReadonlySet<string> = new Set([
  "accounts/corrupt",
  "accounts/locked",
  "accounts/disk-full",
  "accounts/io",
  "accounts/closed",
  "accounts/secret",
]);

/** chatnode's own addition to the body, for nodes where registration is by invitation. */
function inviteOf(fields: Fields): { readonly invite?: string } {
  const invite = fields?.["invite"];
  return typeof invite === "string" ? { invite } : {};
}
