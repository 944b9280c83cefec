/**
 * A strict stand-in for Google Cloud Storage's XML API, its token endpoint and a machine's metadata
 * server, written from Google's documentation: no emulator that can be installed here knows this
 * API with its conditions. It checks every signature, token, header and checksum, and refuses what
 * it does not know. What the real service does beyond its documentation, it cannot tell.
 *
 * @module
 */
import { ObjectSpace } from "./objects.ts";
import { Refusal } from "./refusal.ts";
import { checkSignature } from "./signatures.ts";
import { ServerTime, TokenServer } from "./tokens.ts";

/** The only HMAC key. */
export const HMAC_KEY = { accessId: "GOOG1TESTS", secret: "hmac-secret-of-tests" };

/** See the module's description. */
export class GoogleStorage implements AsyncDisposable {
  readonly time: ServerTime;
  readonly tokens: TokenServer;
  readonly #buckets = new Map<string, ObjectSpace>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** How many requests came for buckets. */
  asked = 0;

  private constructor(time: ServerTime, tokens: TokenServer) {
    this.time = time;
    this.tokens = tokens;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
      (request) => this.#answer(request),
    );
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(): Promise<GoogleStorage> {
    const time = new ServerTime();
    return new GoogleStorage(time, await TokenServer.make(time));
  }

  /** `http://127.0.0.1:<port>`. */
  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Makes a bucket. */
  make(name: string): ObjectSpace {
    const space = new ObjectSpace();
    this.#buckets.set(name, space);
    return space;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const response = await this.#route(request);
    response.headers.set("date", new Date(this.time.now()).toUTCString());
    return response;
  }

  async #route(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = await request.bytes();
    if (pathname === "/token" && request.method === "POST") {
      const fields = new URLSearchParams(new TextDecoder().decode(body));
      return await this.tokens.exchange(fields, `${this.origin}/token`);
    }
    if (pathname === "/computeMetadata/v1/instance/service-accounts/default/token") {
      return this.tokens.ofMachine(request.headers);
    }
    try {
      return this.#storage(request, body);
    } catch (error) {
      if (error instanceof Refusal) return error.response(request.method);
      throw error;
    }
  }

  #storage(request: Request, body: Uint8Array<ArrayBuffer>): Response {
    this.asked++;
    const { method, headers } = request;
    const url = new URL(request.url);
    const authorization = headers.get("authorization") ?? "";
    if (authorization.startsWith("Bearer ")) {
      if (!this.tokens.knows(authorization.slice("Bearer ".length))) {
        throw new Refusal(401, "AuthenticationRequired", "Authentication required.");
      }
    } else if (authorization !== "") {
      const { pathname: path, search } = url;
      const keys = new Map([[HMAC_KEY.accessId, HMAC_KEY.secret]]);
      checkSignature(
        { method, path, query: search.slice(1), headers, body },
        keys,
        this.time.now(),
      );
    } else {
      throw new Refusal(401, "AuthenticationRequired", "Anonymous caller.");
    }
    const [, bucket = "", ...rest] = url.pathname.split("/").map(decodeURIComponent);
    const space = this.#buckets.get(bucket);
    if (space === undefined) throw new Refusal(404, "NoSuchBucket", "no such bucket");
    const parts = { method, headers, body, query: url.searchParams };
    return rest.length === 0 ? space.list(parts) : space.object(rest.join("/"), parts);
  }
}
