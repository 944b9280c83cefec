/** `chatnode sync --watch` as a process. */
import { eventually, inTime } from "../harness/eventually.ts";
import { PROGRAM } from "../harness/server_process.ts";

/** How long it may take to end on a busy machine, milliseconds. */
const PATIENCE = 60_000;

/** How a watcher ended. */
export interface WatchEnd {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `chatnode sync --watch`. */
export class Watch implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #read: Promise<void>;
  #stderr = "";

  constructor(
    data: string,
    bucket: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    const [command, ...before] = PROGRAM;
    const name = data.slice(data.lastIndexOf("/") + 1);
    this.#child = new Deno.Command(command, {
      args: [
        ...before,
        ...["sync", "--watch", "--data", data, "--bucket", bucket, "--name", name],
        ...["--sync-interval", "200ms", ...args],
      ],
      env: { NO_COLOR: "1", ...env },
      ...{ stdin: "null", stdout: "piped", stderr: "piped" },
    }).spawn();
    this.#stdout = new Response(this.#child.stdout).text();
    this.#read = this.#record(this.#child.stderr);
  }

  /** What it has written to stderr so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until it has begun: it listens to signals from then on. */
  async begun(): Promise<void> {
    await eventually("it has begun", () => /^\S+: .*overwrit/m.test(this.#stderr), PATIENCE);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: Deno.Signal): Promise<WatchEnd> {
    this.#child.kill(signal);
    const status = await inTime(`the end after ${signal}`, this.#child.status, PATIENCE);
    await this.#read;
    return { ...status, stdout: await this.#stdout, stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await Promise.all([this.#stdout, this.#read]);
  }

  async #record(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#stderr += text;
  }
}
