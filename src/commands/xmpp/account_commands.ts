/**
 * Slash commands of an XMPP account besides those that every protocol has, as one table.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import type { Asking } from "../../ui/terminal/asking.ts";
import type { SessionCommand } from "../../ui/terminal/session_extras.ts";

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
    this.#table = tables.flat();
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

/** How a command is used. */
export function usage({ name, takes }: Pick<SessionCommand, "name" | "takes">): UsageError {
  return new UsageError("client/usage", `Usage: /${name} ${takes}`);
}
