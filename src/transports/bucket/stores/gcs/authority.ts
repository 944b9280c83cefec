/**
 * How requests prove who they are from.
 *
 * @module
 */
import type { Clock } from "../../../../clock.ts";
import type { HttpClient } from "../http/client.ts";
import type { ServerClock } from "../http/server_clock.ts";
import type { GoogleCredential } from "./credentials.ts";
import type { HmacKey } from "./hmac.ts";
import { authorizedUserSource, metadataSource, serviceAccountSource } from "./token_sources.ts";
import { Tokens } from "./tokens.ts";

/** See the module's description. */
export type Authority =
  | { readonly kind: "hmac"; readonly key: HmacKey; readonly clock: ServerClock }
  | { readonly kind: "tokens"; readonly tokens: Tokens };

/** The way that a credential opens; tokens are asked for through `client`. */
export function authorityOf(
  credential: GoogleCredential,
  client: HttpClient,
  clock: ServerClock,
  own: Clock,
): Authority {
  if (credential.type === "hmac") return { kind: "hmac", key: credential.key, clock };
  const source = credential.type === "service_account"
    ? serviceAccountSource(credential, clock)
    : credential.type === "authorized_user"
    ? authorizedUserSource(credential, clock)
    : metadataSource(credential.origin);
  return { kind: "tokens", tokens: new Tokens(source, client, own) };
}
