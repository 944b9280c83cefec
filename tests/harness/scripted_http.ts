/**
 * An HTTP server that does what a test says, request by request, wrong things included: it can
 * reset, hang, send less than it announced, or nothing at all.
 *
 * @module
 */
import { createServer, type Server, type Socket } from "node:net";

/** A request as it came. */
export interface ScriptedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** An answer, sound or not. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** What `Content-Length` says when that is not the truth. */
  readonly announced?: number;
  /** After the body: `reset` the connection, or `hang` with it open. */
  readonly then?: "reset" | "hang";
}

/** What the server does with one request. */
export type Step = ScriptedAnswer | "reset" | "hang" | "close";

/** See the module's description. */
export class ScriptedHttp implements AsyncDisposable {
  readonly requests: ScriptedRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #script: (request: ScriptedRequest, number: number) => Step;

  private constructor(script: (request: ScriptedRequest, number: number) => Step) {
    this.#script = script;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** `script`: a step for each request in turn, or what decides by the request. */
  static async start(
    script: readonly Step[] | ((request: ScriptedRequest, number: number) => Step),
  ): Promise<ScriptedHttp> {
    const decide = typeof script === "function" ? script : (_: ScriptedRequest, number: number) => {
      const step = script[number];
      if (step === undefined) throw new Error(`nothing is said for request ${number}`);
      return step;
    };
    const server = new ScriptedHttp(decide);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  /** `http://127.0.0.1:<port>` */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let received = new Uint8Array();
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Uint8Array) => {
      received = joined(received, chunk);
      for (let next = parse(received); next !== undefined; next = parse(received)) {
        received = received.slice(next.length);
        this.requests.push(next.request);
        act(socket, this.#script(next.request, this.requests.length - 1));
      }
    });
  }
}

function act(socket: Socket, step: Step): void {
  if (step === "hang") return;
  if (step === "close") return void socket.end();
  if (step === "reset") return void socket.resetAndDestroy();
  const body = typeof step.body === "string" ? new TextEncoder().encode(step.body) : step.body;
  const lines = [
    `HTTP/1.1 ${step.status} Scripted`,
    `content-length: ${step.announced ?? body?.length ?? 0}`,
    ...Object.entries(step.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  socket.write(joined(head, body ?? new Uint8Array()), () => {
    if (step.then === "reset") socket.resetAndDestroy();
    else if (step.then === undefined && step.announced !== undefined) socket.end();
  });
}

/** The first whole request in `bytes`, and how many of them it takes. */
function parse(bytes: Uint8Array): { request: ScriptedRequest; length: number } | undefined {
  const text = Array.from(bytes.subarray(0, 65_536), (byte) => String.fromCharCode(byte)).join("");
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const length = end + 4 + Number(headers["content-length"] ?? 0);
  if (bytes.length < length) return undefined;
  return { request: { method, target, headers, body: bytes.slice(end + 4, length) }, length };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
