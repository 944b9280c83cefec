/**
 * Slash commands of an XMPP account besides those that every protocol has, as one table.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { UsageError } from "../../errors.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Asking } from "../../ui/terminal/asking.ts";
import type { SessionCommand } from "../../ui/terminal/session_extras.ts";
import type { ContactList } from "./contact_list.ts";
import type { Peers } from "./peers.ts";
import type { RoomList } from "./room_list.ts";

/** What commands work with. */
export interface CommandParts {
  readonly xmpp: XmppSession;
  readonly rooms: RoomList;
  readonly peers: Peers;
  readonly contacts: ContactList;
  readonly clock: Clock;
  /** The folder for what this person wants to keep. */
  readonly savesIn: string;
}

/** Where a command was entered. */
export interface CommandPlace {
  /** With whom the conversation is that is looked at; a JID. */
  readonly peer: string;
  readonly asking: Asking;
}

/** A command. */
export interface AccountCommand extends SessionCommand {
  /**
   * Does it. The answer comes from others in part: not safe to show.
   *
   * @throws {ChatnodeError} what the server says, and what is wrong with the argument
   */
  run(argument: string, place: CommandPlace): Promise<string>;
}

/** See the module's description. */
export class AccountCommands {
  readonly #table: readonly AccountCommand[];

  constructor(...tables: readonly (readonly AccountCommand[])[]) {
    // `/avatar save` goes before `/avatar`.
    this.#table = tables.flat().toSorted((a, b) => wordsOf(b) - wordsOf(a));
  }

  /** What help and completion need. */
  get commands(): readonly SessionCommand[] {
    return this.#table.map(({ run: _, ...command }) => command);
  }

  /**
   * The answer to a command; undefined when it is none of these.
   *
   * @throws {UsageError} `client/usage`
   * @throws {ChatnodeError} as `AccountCommand.run`
   */
  async command(text: string, place: CommandPlace): Promise<string | undefined> {
    const typed = text.replace(/^\//, "");
    const isTyped = (name: string) =>
      typed === name || (typed.startsWith(name) && /^\s/.test(typed.slice(name.length)));
    const found = this.#table.flatMap((command) => {
      const name = [command.name, ...command.also ?? []].find(isTyped);
      return name === undefined ? [] : [{ command, name }];
    })[0];
    if (found === undefined) return undefined;
    const { command, name } = found;
    const argument = typed.slice(name.length).trim();
    // What is not in brackets has to be there.
    if (argument === "" && /^[A-Z]/.test(command.takes)) throw usage(command);
    return await command.run(argument, place);
  }
}

function wordsOf({ name }: AccountCommand): number {
  return name.split(" ").length;
}

/** How a command is used. */
export function usage({ name, takes }: Pick<SessionCommand, "name" | "takes">): UsageError {
  return new UsageError("client/usage", `Usage: /${name} ${takes}`);
}
