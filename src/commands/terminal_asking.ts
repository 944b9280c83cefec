/**
 * Questions of commands to the person at the terminal, before anything else has the screen.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { visible, visibleLines } from "../text.ts";
import type { Asking, Question } from "../ui/terminal/asking.ts";
import type { Io } from "./io.ts";
import { askSecret, readLine } from "./terminal.ts";

/** See the module's description. Without a terminal every question is refused. */
export class TerminalAsking implements Asking {
  readonly #io: Io;
  readonly #action: string;

  /** @param action what cannot be done without the answers, as in "Cannot <action>" */
  constructor(io: Io, action: string) {
    this.#io = io;
    this.#action = action;
  }

  /** @throws {UsageError} `terminal/no-input` without a terminal; as `askSecret` */
  async ask({ text, echo, given = "" }: Question): Promise<string | undefined> {
    const { stdin, stderr } = this.#io;
    if (!stdin.isTerminal) {
      const message = `Cannot ${this.#action}: "${visible(text)}" is asked, and nobody is there`;
      throw new UsageError("terminal/no-input", message, { hint: "Run it at a terminal." });
    }
    if (echo === "hidden") return await askSecret(this.#io, text);
    await stderr.write(`${visible(text)}${given === "" ? "" : ` [${visible(given)}]`}: `);
    const answer = await readLine(stdin);
    return answer === "" ? given : answer;
  }

  async tell(text: string): Promise<void> {
    await this.#io.stderr.write(`${visibleLines(text)}\n`);
  }
}
