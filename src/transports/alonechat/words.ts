/** AloneChat's fixed texts; its clients compare and show them. */

import type { TokenRefusal } from "../../accounts/tokens.ts";
import type { EndReason } from "../../hub/contract.ts";
import { CLOSE } from "../../wire/errors.ts";

/** How a socket is told to go: a text from SERVER, if there is one, and the close frame. */
export interface Farewell {
  readonly text: string | undefined;
  readonly code: number;
  readonly reason: string;
}

/** What the client of a session that the hub ends is told. */
export const FAREWELLS: Readonly<Record<EndReason, Farewell>> = {
  kicked: policy("You have been kicked from the chat room by an admin", "Kicked by admin"),
  replaced: policy("You have logged in at another location", "Replaced"),
  expired: policy("Token has expired", "TOKEN_EXPIRED"),
  revoked: policy("Invalid token: it was revoked", "INVALID_TOKEN"),
  slow: { text: undefined, code: CLOSE.policy, reason: "Too slow" },
  failed: { text: "The server has a problem", code: CLOSE.internal, reason: "Internal error" },
  shutdown: { text: undefined, code: CLOSE.goingAway, reason: "Server is shutting down" },
};

/** For a handshake whose token is not accepted. */
export function refusedToken({ reason, detail }: TokenRefusal): Farewell {
  switch (reason) {
    case "none":
      return policy("No authentication token provided", "NO_TOKEN");
    case "expired":
      return policy("Token has expired", "TOKEN_EXPIRED");
    case "no-subject":
      return policy("No username in token payload", "INVALID_PAYLOAD");
    case "invalid":
      return policy(`Invalid token: ${detail}`, "INVALID_TOKEN");
  }
}

/** For the second session when only one is allowed. */
export function alreadyLoggedIn(name: string): Farewell {
  return policy(`User '${name}' already logged in at another location.`, "Already logged in");
}

/** For whoever is refused by a rule of the node. */
export function turnedAway(sentence: string): Farewell {
  return policy(sentence, "Refused");
}

function policy(text: string, reason: string): Farewell {
  return { text, code: CLOSE.policy, reason };
}
