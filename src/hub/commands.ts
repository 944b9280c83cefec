/**
 * Slash commands: `/help`, `/echo` and whatever is registered. They answer their caller only and
 * are never stored.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Logger } from "../log.ts";
import type { RoomId } from "../message/event.ts";
import type { CommandReply, Origin } from "./contract.ts";
import type { Hooks } from "./hooks.ts";

/** Who called a command, where and with what. */
export interface CommandCall extends Origin {
  readonly identity: Identity;
  /** The room it was typed in, when the door knows one. */
  readonly room?: RoomId;
  /** What follows the name, trimmed, as it was typed. */
  readonly argument: string;
}

/** One command. */
export interface Command {
  /** Lower case, without slash: letters, digits and `-`. */
  readonly name: string;
  /** One short sentence for `/help`. */
  readonly summary: string;
  /** Other names, not shown in `/help`. */
  readonly aliases?: readonly string[];
  /** The text shown to the caller. */
  run(call: CommandCall): string | Promise<string>;
}

const NAME = /^(?:\?|[a-z][a-z0-9-]{0,31})$/;
const CALL = /^\/(\S+)\s*([\s\S]*)$/;

/** The registered commands. */
export class Commands {
  readonly #byName = new Map<string, Command>();
  readonly #hooks: Hooks;
  readonly #log: Logger;

  constructor(hooks: Hooks, log: Logger) {
    this.#hooks = hooks;
    this.#log = log;
    this.add({
      name: "help",
      aliases: ["?", "h"],
      summary: "Show available commands",
      run: () => this.help(),
    });
    this.add({
      name: "echo",
      summary: "Echo back the message",
      run: (call) => `Echo: ${call.argument}`,
    });
  }

  /**
   * Adds a command; the returned function takes it out again.
   *
   * @throws {TypeError} for a name that is none or is taken
   */
  add(command: Command): () => void {
    const names = [command.name, ...(command.aliases ?? [])];
    for (const name of names) {
      if (!NAME.test(name)) throw new TypeError(`Cannot add a command: ${name} is no command name`);
      if (this.#byName.has(name)) throw new TypeError(`Cannot add /${name}: it exists already`);
    }
    for (const name of names) this.#byName.set(name, command);
    return () => {
      for (const name of names) {
        if (this.#byName.get(name) === command) this.#byName.delete(name);
      }
    };
  }

  /** Every command, in the order of registration. */
  list(): readonly Command[] {
    return [...new Set(this.#byName.values())];
  }

  /** The text of `/help`. */
  help(): string {
    const lines = this.list().map((command) => `  /${command.name} - ${command.summary}`);
    return ["Available commands:", ...lines].join("\n");
  }

  /**
   * Runs the command that `text` calls; undefined when it calls none. A command that fails answers
   * that it failed.
   *
   * @throws {HubError} `hub/rejected`
   */
  async run(
    text: string,
    caller: Omit<CommandCall, "argument">,
  ): Promise<CommandReply | undefined> {
    const [, typed, rest] = CALL.exec(text.trim()) ?? [];
    const command = this.#byName.get(typed?.toLowerCase() ?? "");
    if (command === undefined) return undefined;
    const call = { ...caller, argument: (rest ?? "").trim() };
    const info = { ...call, name: command.name, room: caller.room };
    await this.#hooks.ask("PRE_COMMAND", info);
    const reply = await this.#answer(command, call);
    await this.#hooks.notify("POST_COMMAND", { ...info, reply });
    return reply;
  }

  async #answer(command: Command, call: CommandCall): Promise<CommandReply> {
    const kind = command.name === "help" ? "help" : "text";
    try {
      return { kind, text: await command.run(call) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : "it threw something that is no Error";
      this.#log.warn("Cannot run the command {name}: {reason}", { name: command.name, reason });
      return { kind: "text", text: `Cannot run /${command.name}: it failed` };
    }
  }
}
