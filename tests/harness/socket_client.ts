import { inTime } from "./eventually.ts";

/** How a WebSocket ended. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A browser-grade WebSocket whose messages wait until a test asks for them. */
export class SocketClient {
  readonly #socket: WebSocket;
  readonly #waiting: string[] = [];
  readonly #readers: ((message: string | undefined) => void)[] = [];
  /** Resolves when the socket is closed, by whom ever. */
  readonly closed: Promise<Closing>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#take(String(data));
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => {
        for (const reader of this.#readers.splice(0)) reader(undefined);
        resolve({ code, reason });
      };
    });
  }

  /**
   * Connects.
   *
   * @throws {Error} when the handshake fails.
   */
  static async open(
    url: string,
    options: {
      readonly protocols?: string[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<SocketClient> {
    const socket = new WebSocket(url, {
      ...(options.protocols === undefined ? {} : { protocols: options.protocols }),
      ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
    });
    const client = new SocketClient(socket);
    await inTime(
      `the handshake with ${url.split("?")[0]}`,
      new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = () => reject(new Error("the handshake failed"));
      }),
    );
    return client;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Messages that came and were not taken. */
  get waiting(): readonly string[] {
    return this.#waiting;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  sendJson(value: unknown): void {
    this.send(JSON.stringify(value));
  }

  /**
   * The next message.
   *
   * @throws {Error} when the socket ends before one comes.
   */
  async next(): Promise<string> {
    const ready = this.#waiting.shift();
    if (ready !== undefined) return ready;
    const message = await inTime(
      "a message",
      new Promise<string | undefined>((resolve) => {
        if (this.#socket.readyState === WebSocket.CLOSED) resolve(undefined);
        else this.#readers.push(resolve);
      }),
    );
    if (message === undefined) throw new Error("the socket ended before a message came");
    return message;
  }

  /** The next message, parsed; `T` is what the test expects it to be. */
  async nextJson<T = unknown>(): Promise<T> {
    return JSON.parse(await this.next()) as T;
  }

  /** Skips messages until one satisfies `wanted`, and returns that, parsed. */
  async until<T = Record<string, unknown>>(wanted: (message: T) => boolean): Promise<T> {
    for (;;) {
      const message = await this.nextJson<T>();
      if (wanted(message)) return message;
    }
  }

  /** Says goodbye and waits for the answer. */
  async close(): Promise<Closing> {
    this.#socket.close();
    return await inTime("the closing handshake", this.closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(message: string): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#waiting.push(message);
    else reader(message);
  }
}
