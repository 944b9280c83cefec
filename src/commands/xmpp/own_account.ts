/**
 * What one does with one's own account at the server: another password, its end.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import { registration } from "../../transports/xmpp/features/registration.ts";
import type { Asking } from "../../ui/terminal/asking.ts";
import type { AccountCommand, CommandParts } from "./account_commands.ts";
import { explained } from "./refusals.ts";

/** Takes over a password that the server has taken; says what its person should know. */
export type PasswordChanged = (password: string) => Promise<string>;

/** See the module's description. */
export function ownAccount(
  parts: CommandParts,
  changed: PasswordChanged,
): readonly AccountCommand[] {
  return [
    {
      ...{ name: "account password", takes: "", group: "self" },
      does: "another password for this account; asks for it",
      async run(argument, { asking }) {
        if (argument !== "") {
          throw new ChatnodeError(
            "client/password",
            "Cannot change the password: it is asked for, and never typed where it is shown",
            { hint: "Enter /account password alone." },
          );
        }
        const password = await newPassword(asking);
        if (password === undefined) return "The password was not changed.";
        const done = parts.xmpp.use(registration).changePassword(password);
        await explained("change the password", done, {
          "not-acceptable": "the server finds it too weak",
          "bad-request": "the server does not take that one",
          "not-authorized": "the server does not allow it on this connection",
          "service-unavailable": "the server does not offer it",
        });
        const more = await changed(password);
        return `The password was changed.${more === "" ? "" : ` ${more}`}`;
      },
    },
    {
      ...{ name: "account delete", takes: "", group: "self" },
      does: "end this account with all that the server keeps of it; asks once more",
      async run(_, { asking }) {
        const { account } = parts.xmpp;
        const text = `Type ${account} to end the account for ever`;
        if ((await asking.ask({ text }))?.trim() !== account) return "The account stays.";
        await explained("end the account", parts.xmpp.use(registration).removeAccount(), {
          "service-unavailable": "the server does not offer it",
        });
        return "The account was ended.";
      },
    },
  ];
}

/** Asked twice; undefined when it is given up. @throws {ChatnodeError} `client/password` */
async function newPassword(asking: Asking): Promise<string | undefined> {
  const first = await asking.ask({ text: "New password", echo: "hidden" });
  if (first === undefined || first === "") return undefined;
  const again = await asking.ask({ text: "New password again", echo: "hidden" });
  if (again === undefined) return undefined;
  if (first === again) return first;
  throw new ChatnodeError("client/password", "Cannot change the password: the two differ");
}
