/**
 * The real program at a real terminal: a pseudo-terminal of util-linux' `script`.
 *
 * @module
 */
import { PERMISSIONS, V8_FLAGS } from "../../tasks/runtime.ts";
import { eventually, inTime } from "../harness/eventually.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
// deno-lint-ignore no-control-regex -- sequences of a terminal begin with Escape
const SEQUENCES = /\x1b\[[0-9;?]*[A-Za-z]/g;

/** Whether there is a `script` that can do this. */
export async function hasTerminals(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("script", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}

/** See the module's description. */
export class Terminal implements AsyncDisposable {
  /** Every byte that the terminal was sent. */
  raw = "";
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;

  /** @param args of `chatnode` */
  constructor(args: readonly string[]) {
    const program = [Deno.execPath(), "run", "--quiet", ...PERMISSIONS, V8_FLAGS, MAIN, ...args];
    const command = program.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const child = new Deno.Command("script", {
      args: ["--quiet", "--return", "--command", command, "/dev/null"],
      env: { TERM: "xterm", NO_COLOR: "1" },
      ...{ stdin: "piped", stdout: "piped", stderr: "null" },
    }).spawn();
    this.#child = child;
    this.#keys = child.stdin.getWriter();
    this.#read = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        this.raw += text;
      }
    })();
  }

  /** What was shown, line by line, without what drives the terminal; drafts of the line too. */
  get lines(): readonly string[] {
    return this.raw.replaceAll(SEQUENCES, "").split(/[\r\n]+/);
  }

  /** How often a line was shown that ends like this. */
  count(end: string): number {
    return this.lines.filter((line) => line.endsWith(end) && /^\d\d:\d\d /.test(line)).length;
  }

  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Types a line and Enter. */
  async enter(line: string): Promise<void> {
    await this.type(`${line}\r`);
  }

  /** Waits until what was shown matches. */
  async shows(pattern: RegExp, patience = 60_000): Promise<void> {
    try {
      await eventually(`${pattern}`, () => pattern.test(this.lines.join("\n")), patience);
    } catch {
      throw new Error(`${pattern} was never shown, but ${JSON.stringify(this.lines.slice(-30))}`);
    }
  }

  /** The exit code, once the program has ended by itself. */
  async ended(): Promise<number> {
    const { code } = await inTime("the program's end", this.#child.status);
    await this.#read;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#keys.close().catch(() => {});
    await this.#child.status;
    await this.#read;
  }
}
