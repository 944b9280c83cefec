/** `chatnode client bucket:` as a process that speaks JSON Lines. */
import { join } from "node:path";
import { PERMISSIONS, V8_FLAGS } from "../../tasks/runtime.ts";
import { eventually } from "../harness/eventually.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** A line that the client wrote. */
export interface Line {
  readonly type: string;
  readonly event_id?: string;
  readonly sender_id?: string;
  readonly content?: Readonly<Record<string, unknown>>;
  readonly code?: string;
}

/** A client that speaks JSON Lines both ways until it is told to end. */
export class Talker implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;
  stderr = "";

  constructor(
    folder: string,
    name: string,
    bucket: string,
    { env, args = [] }: {
      readonly env?: Readonly<Record<string, string>>;
      readonly args?: readonly string[];
    } = {},
  ) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", ...PERMISSIONS, V8_FLAGS, MAIN, "client", bucket, "--json"],
        ...["--data", join(folder, name), "--name", name, "--sync-interval", "200ms", ...args],
      ],
      env: { ...env, HOME: folder, NO_COLOR: "1" },
      ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
    }).spawn();
    this.#child = child;
    this.#input = child.stdin.getWriter();
    const errors = (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        this.stderr += text;
      }
    })();
    this.#read = (async () => {
      let rest = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.lines.push(JSON.parse(line) as Line);
      }
      await errors;
    })();
  }

  async say(request: unknown): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  }

  /** The first line that fits. */
  async hears(what: string, fits: (line: Line) => boolean): Promise<Line> {
    return await eventually(`${what}; ${this.stderr}`, () => this.lines.find(fits));
  }

  hearsBody(body: string): Promise<Line> {
    return this.hears(body, ({ content }) => content?.["body"] === body);
  }

  /** Ends the input and waits for the end. */
  async end(): Promise<number> {
    await this.#input.close();
    const { code } = await this.#child.status;
    await this.#read;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#input.close().catch(() => {});
    await this.#child.status;
    await this.#read;
  }
}
