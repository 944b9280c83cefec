/**
 * A door in front of an S3 server, which can be shut with the answers that real ones give.
 *
 * @module
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What is answered instead of the server; see {@linkcode S3Gate.state}. */
const REFUSALS = {
  denied: [403, "AccessDenied"],
  expired: [400, "ExpiredToken"],
  overloaded: [503, "SlowDown"],
} as const;

/** See the module's description. */
export class S3Gate implements AsyncDisposable {
  /** `silent` takes requests and never answers. */
  state: "open" | "silent" | keyof typeof REFUSALS = "open";
  /** Requests that were refused. */
  refused = 0;
  readonly #to: URL;
  readonly #server = createServer((from, back) => this.#handle(from, back));

  private constructor(to: string) {
    this.#to = new URL(to);
  }

  /** Opens one to an endpoint of plain HTTP. */
  static async open(to: string): Promise<S3Gate> {
    const gate = new S3Gate(to);
    await new Promise<void>((resolve) => gate.#server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(from: IncomingMessage, back: ServerResponse): void {
    if (this.state === "silent") {
      from.resume();
      return;
    }
    if (this.state !== "open") {
      this.refused++;
      const [status, code] = REFUSALS[this.state];
      from.resume();
      back.writeHead(status, { "content-type": "application/xml" });
      back.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
      return;
    }
    const { hostname, port } = this.#to;
    const { method, url, headers } = from;
    // The host that was signed goes on.
    const onward = request(
      { hostname, port, method, path: url, headers, agent: false },
      (answer) => {
        back.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(back);
      },
    );
    onward.on("error", () => back.destroy());
    from.pipe(onward);
  }
}
