/** The original chat's server and client, in Python, as processes of their own. */
import { eventually, inTime } from "../../harness/eventually.ts";

const FOLDER = new URL("./reference/", import.meta.url).pathname;

function spawn(script: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command("python3", {
    args: ["-u", `${FOLDER}${script}`, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Lines of a stream, as they come. */
async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

/** A running original server. */
export class OriginalServer implements AsyncDisposable {
  readonly port: number;
  /** Everything that it has told its clients so far. */
  readonly told: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;

  private constructor(child: Deno.ChildProcess, port: number, output: AsyncIterable<string>) {
    this.#child = child;
    this.port = port;
    this.#read = (async () => {
      for await (const line of output) this.told.push(JSON.parse(line));
    })();
  }

  /** @param port 0 lets the system pick. */
  static async start(port = 0): Promise<OriginalServer> {
    const child = spawn("server.py", [`${port}`]);
    await child.stdin.close();
    const output = lines(child.stdout);
    const first = await inTime("the original server's port", output.next());
    return new OriginalServer(child, Number(first.value), output);
  }

  /** SIGKILL. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#read;
  }
}

/** A running original client. */
export class OriginalClient implements AsyncDisposable {
  /** Everything heard so far. */
  readonly heard: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;

  constructor(port: number, alias: string) {
    const child = spawn("client.py", [`${port}`, alias]);
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#read = (async () => {
      for await (const line of lines(child.stdout)) this.heard.push(JSON.parse(line));
    })();
  }

  async say(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${text}\n`));
  }

  /** Waits until exactly these were heard. */
  async hears(...texts: readonly string[]): Promise<void> {
    const wanted = JSON.stringify(texts);
    await eventually(`it hears ${wanted}`, () => this.heard.length >= texts.length);
    const heard = JSON.stringify(this.heard);
    if (heard !== wanted) throw new Error(`heard ${heard} instead of ${wanted}`);
  }

  /** Types `quit`, and waits for the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.say("quit").catch(() => {});
    await this.#input.close().catch(() => {});
    await inTime("the original client's end", this.#child.status);
    await this.#read;
  }
}
