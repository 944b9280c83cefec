/**
 * A shell in a real terminal emulator, tmux, in which a test types and of which it sees the screen.
 *
 * @module
 */
import { PERMISSIONS, V8_FLAGS } from "../../tasks/runtime.ts";
import { eventually } from "../harness/eventually.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** See the module's description. */
export class Tmux implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Starts a terminal of its own, with a shell that has jobs, in `folder`. */
  static async open(folder: string, columns = 80, rows = 24): Promise<Tmux> {
    const tmux = new Tmux(`${folder}/tmux-${crypto.randomUUID().slice(0, 8)}`);
    const shell = "env -i PS1='shell> ' PATH=\"$PATH\" HOME=/nonexistent LC_ALL=C.UTF-8 " +
      `DENO_DIR='${Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`}' ` +
      'TERM="$TERM" bash --norc --noprofile -i';
    await tmux.#run("-f", "/dev/null", "new-session", "-d", ...[
      "-x",
      `${columns}`,
      "-y",
      `${rows}`,
    ], shell);
    await tmux.shows(/shell>$/m);
    return tmux;
  }

  /** Starts `chatnode` from the shell, as its users do. */
  async chatnode(...args: readonly string[]): Promise<void> {
    const program = [Deno.execPath(), "run", "--quiet", ...PERMISSIONS, V8_FLAGS, MAIN, ...args];
    await this.enter(program.map((word) => `'${word}'`).join(" "));
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#run("send-keys", "-l", "--", text);
  }

  /** Presses keys by tmux' names for them: `Enter`, `C-z`, `M-a`, `PPage`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#run("send-keys", ...keys);
  }

  async enter(line: string): Promise<void> {
    await this.type(line);
    await this.press("Enter");
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#run("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** What is seen, line by line. */
  async lines(): Promise<readonly string[]> {
    return (await this.#run("capture-pane", "-p")).replace(/\n$/, "").split("\n");
  }

  /** Whether a full-screen program has the screen, and the cursor's place. */
  async state(): Promise<{ readonly isAlternate: boolean; readonly cursor: string }> {
    const format = "#{alternate_on} #{cursor_x},#{cursor_y}";
    const [alternate, cursor = ""] = (await this.#run("display-message", "-p", format)).trim()
      .split(" ");
    return { isAlternate: alternate === "1", cursor };
  }

  /** Process ids of what the shell runs. */
  async children(): Promise<readonly number[]> {
    const shell = (await this.#run("display-message", "-p", "#{pane_pid}")).trim();
    const text = await Deno.readTextFile(`/proc/${shell}/task/${shell}/children`);
    return text.trim().split(" ").filter((pid) => pid !== "").map(Number);
  }

  /** Waits until the screen matches. */
  async shows(pattern: RegExp): Promise<void> {
    let seen = "";
    try {
      await eventually(`${pattern}`, async () => {
        seen = (await this.lines()).join("\n");
        return pattern.test(seen);
      }, 60_000);
    } catch {
      throw new Error(`${pattern} was never shown, but\n${seen}`);
    }
  }

  async #run(...args: readonly string[]): Promise<string> {
    const command = new Deno.Command("tmux", {
      args: ["-S", this.#socket, "-u", ...args],
      env: { TMUX: "" },
      ...{ stdin: "null", stdout: "piped", stderr: "piped" },
    });
    const { success, stdout, stderr } = await command.output();
    if (!success) throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run("kill-server").catch(() => {});
  }
}
