/**
 * Signing in through a browser of this machine.
 *
 * @module
 */
import { type Grant, OidcError } from "../accounts/oidc/contract.ts";
import { senderOf } from "../accounts/oidc/logins.ts";
import type { RelyingParty } from "../accounts/oidc/relying_party.ts";
import { visible } from "../text.ts";
import type { Io } from "./io.ts";
import { openLoopback } from "./login_loopback.ts";

/** How long somebody may take to sign in. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Shows the address to open, waits for the browser to come back, and ends its page with how it
 * went. No program is started: which browser to use is the person's choice.
 *
 * @param port of this machine; 0 for any
 * @throws {ChatnodeError} `login/port`
 * @throws {OidcError} `oidc/expired` after ten minutes; as `RelyingParty.begin` and `finish`
 * @throws the signal's reason when it aborts
 */
export async function loginByBrowser(
  io: Io,
  party: RelyingParty,
  port: number,
  signal: AbortSignal,
): Promise<Grant> {
  // A port of the system's choice has rules of its own, which providers read differently.
  const host = port === 0 ? party.provider.loopback : "localhost";
  const loopback = await openLoopback(host, port, io.clock);
  const late = new AbortController();
  const timer = io.clock.after(PATIENCE_MS, () => late.abort(tooLate()));
  const either = AbortSignal.any([signal, late.signal]);
  try {
    const { url, pending } = await party.begin(loopback.redirectUri, "lasting");
    await io.stderr.write(
      `Open this address in a browser on this machine:\n\n${visible(url)}\n\n` +
        "Waiting until you have signed in there; Ctrl-C stops.\n",
    );
    const answer = await loopback.answer(pending.state, either);
    try {
      const grant = await party.finish(answer.parameters, pending, either);
      const text = `You are ${senderOf(grant.person)}. You can close this page.`;
      await answer.show({ title: "Signed in", text });
      return grant;
    } catch (error) {
      const text = error instanceof OidcError ? `${error.message}.` : "Look at the terminal.";
      await answer.show({ title: "Not signed in", text });
      throw error;
    }
  } finally {
    timer.cancel();
    await loopback.close();
  }
}

function tooLate(): OidcError {
  return new OidcError("oidc/expired", "Cannot sign in: nobody has done so in ten minutes", {
    hint: "Begin again; where there is no browser, with --device.",
  });
}
