/**
 * Every slash command of an XMPP account, in the order of help within each group.
 *
 * @module
 */
import { AccountCommands, type CommandParts } from "./account_commands.ts";
import { ownAccount, type PasswordChanged } from "./own_account.ts";
import { peopleCommands } from "./people_commands.ts";
import { pictureCommands } from "./picture_commands.ts";
import { roomAdministration } from "./room_administration.ts";
import { roomCommands } from "./room_commands.ts";
import { roomSettings } from "./room_settings.ts";
import { serverCommands } from "./server_commands.ts";
import { serviceCommands } from "./service_commands.ts";

/** See the module's description. */
export function allCommands(parts: CommandParts, changed: PasswordChanged): AccountCommands {
  return new AccountCommands(
    roomCommands(parts),
    roomAdministration(parts),
    roomSettings(parts),
    peopleCommands(parts),
    pictureCommands(parts),
    serviceCommands(parts),
    serverCommands(parts),
    ownAccount(parts, changed),
  );
}
