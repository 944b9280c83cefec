/**
 * Commands about other people.
 *
 * @module
 */
import { blocking } from "../../transports/xmpp/features/blocking.ts";
import type { AccountCommand } from "./account_commands.ts";
import type { RoomParts } from "./room_commands.ts";

/** See the module's description. */
export function peopleCommands({ xmpp }: RoomParts): readonly AccountCommand[] {
  return [
    {
      ...{ name: "blocked", takes: "", does: "whom you hear nothing of", group: "people" },
      run() {
        const all = [...xmpp.use(blocking).blocked];
        return Promise.resolve(all.length === 0 ? "Nobody is blocked." : all.join("\n"));
      },
    },
  ];
}
