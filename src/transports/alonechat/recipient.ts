import type { Accounts } from "../../accounts/accounts.ts";
import type { Identity } from "../../accounts/contract.ts";
import { directRoom, qualify } from "../../message/address.ts";
import type { RoomId } from "../../message/event.ts";
import { LOBBY } from "./render.ts";

/**
 * The room of a message to `target`: the lobby when there is none, else the direct conversation. A
 * name that nobody has yet is as good as another, and the conversation waits for its owner.
 *
 * @throws {MessageError} `address/...` for what can never be a name, or the sender's own
 */
export function roomFor(
  who: Identity,
  target: string | null,
  accounts: Pick<Accounts, "identityOf">,
  node: string,
): RoomId {
  if (target === null || target === "") return LOBBY;
  const known = accounts.identityOf(target)?.address;
  return directRoom(who.address, known ?? qualify(target, node));
}
