import type { Settings } from "../config/schema.ts";
import { PATHS } from "../transports/oidc/env.ts";

/** Where people sign in by an identity provider; undefined when none is set. */
export function signInAddress({ oidcRedirectBase: base }: Settings): string | undefined {
  return base === undefined ? undefined : `${base}${PATHS.login}`;
}
