/**
 * Signing in to the server by an identity provider, as the settings say.
 *
 * @module
 */
import type { Fetch } from "../accounts/oidc/contract.ts";
import { providerOf } from "../accounts/oidc/providers.ts";
import { RelyingParty } from "../accounts/oidc/relying_party.ts";
import type { Random } from "../accounts/random.ts";
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/schema.ts";
import { oidcRoutes } from "../transports/oidc/routes.ts";
import type { Core } from "./node_core.ts";

/**
 * The routes, or undefined when `oidcRedirectBase` is not set. The provider is not asked before
 * somebody signs in: it need not be there when the node starts.
 *
 * @throws {OidcError} `oidc/provider`
 */
export function openProviderDoor(
  { accounts, hub }: Core,
  { settings, clock, random, fetch }: {
    readonly settings: Settings;
    readonly clock: Clock;
    readonly random: Random;
    readonly fetch: Fetch;
  },
): ReturnType<typeof oidcRoutes> | undefined {
  const { oidcRedirectBase: base, oidcIssuer, oidcClientId: id, oidcClientSecret } = settings;
  if (base === undefined || oidcIssuer === undefined || id === undefined) return undefined;
  const secret = oidcClientSecret?.reveal();
  const client = secret === undefined ? { id } : { id, secret };
  const party = new RelyingParty(providerOf(oidcIssuer), client, { fetch, clock, random });
  return oidcRoutes({ accounts, hub, party, base, clock, random, origins: settings.corsOrigins });
}
