/**
 * A `chatnode.v1` client for tests of the real process: says hello, keeps every event it is sent,
 * and correlates answers by `ref`.
 *
 * @module
 */
import { inTime } from "../harness/eventually.ts";
import type { Closing } from "../harness/socket_client.ts";

/** A frame of the server, parsed. */
export type V1Frame = Readonly<Record<string, unknown>> & { readonly type: string };

/** An event as it came. */
export interface V1Event {
  readonly room: string;
  readonly offset: number;
  readonly event: {
    readonly event_id: string;
    readonly sender_id: string;
    readonly timestamp_ms: number;
    readonly content: Readonly<Record<string, unknown>>;
  };
}

/** What `hello` says besides the token. */
export interface V1Hello {
  readonly rooms?: readonly { readonly room: string; readonly offset?: number }[];
  readonly epoch?: string;
}

/** See the module's description. */
export class V1Client implements AsyncDisposable {
  readonly #socket: WebSocket;
  /** Every frame so far, events included, in order. */
  readonly frames: V1Frame[] = [];
  readonly #waiting: { wanted: (frame: V1Frame) => boolean; take: (frame: V1Frame) => void }[] = [];
  /** Resolves when the connection is over, by whom ever. */
  readonly ended: Promise<Closing>;
  #refs = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as V1Frame);
    this.ended = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => resolve({ code, reason });
    });
  }

  /** Connects and waits for `welcome`. `token` undefined: none is sent. */
  static async open(ws: string, token: string | undefined, hello: V1Hello = {}): Promise<V1Client> {
    const client = await V1Client.connect(ws);
    client.send({ type: "hello", ...(token === undefined ? {} : { token }), ...hello });
    await client.until((frame) => frame.type === "welcome");
    return client;
  }

  /** Connects and says nothing. */
  static async connect(
    ws: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<V1Client> {
    const socket = new WebSocket(ws, { protocols: ["chatnode.v1"], headers: { ...headers } });
    const client = new V1Client(socket);
    await inTime(
      "the handshake",
      new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = () => reject(new Error("the handshake failed"));
      }),
    );
    return client;
  }

  /** The answer to `hello`; undefined before it came. */
  get welcome(): V1Frame | undefined {
    return this.frames.find(({ type }) => type === "welcome");
  }

  /** The events so far, in order. */
  get events(): readonly V1Event[] {
    return this.frames.filter(({ type }) => type === "event") as unknown as V1Event[];
  }

  send(frame: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Sends a request and returns its answer, an error too. */
  async ask(frame: Readonly<Record<string, unknown>>): Promise<V1Frame> {
    const ref = `r${this.#refs++}`;
    const what = `the answer to ${JSON.stringify(frame).slice(0, 100)}`;
    const answer = this.until((each) => each["ref"] === ref, what);
    this.send({ ...frame, ref });
    return await answer;
  }

  /** The first frame, of those that came and those to come, that satisfies `wanted`. */
  async until(wanted: (frame: V1Frame) => boolean, what = "a frame"): Promise<V1Frame> {
    const known = this.frames.find(wanted);
    if (known !== undefined) return known;
    const coming = new Promise<V1Frame>((take) => this.#waiting.push({ wanted, take }));
    const first = await inTime(
      what,
      Promise.race([coming, this.ended.then(() => undefined)]),
    );
    if (first !== undefined) return first;
    const kinds = this.frames.slice(-5).map(({ type, code }) => `${type} ${code ?? ""}`);
    throw new Error(`the connection ended before ${what} came, after ${kinds.join(", ")}`);
  }

  /** Waits for the event with that body. */
  async heard(body: string): Promise<V1Event> {
    const frame = await this.until(
      (each) =>
        each.type === "event" && (each as unknown as V1Event).event.content["body"] === body,
      `the event "${body.slice(0, 80)}"`,
    );
    return frame as unknown as V1Event;
  }

  /** Says goodbye and waits for the end. */
  async close(): Promise<Closing> {
    this.#socket.close();
    return await inTime("the closing handshake", this.ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(frame: V1Frame): void {
    this.frames.push(frame);
    for (const each of this.#waiting.filter(({ wanted }) => wanted(frame))) {
      this.#waiting.splice(this.#waiting.indexOf(each), 1);
      each.take(frame);
    }
  }
}
