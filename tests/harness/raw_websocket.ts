/**
 * WebSocket by hand (RFC 6455): frames exactly as a test wants them, right or wrong.
 *
 * @module
 */
import { RawConnection } from "./raw_http.ts";

/** RFC 6455 section 5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame to send. What is left out is as a well-behaved client would have it. */
export interface FrameOptions {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  /** False: a fragment, more follow. */
  readonly fin?: boolean;
  /** False: unmasked, which a server must refuse. */
  readonly masked?: boolean;
  /** The reserved bits, 0 to 7. */
  readonly rsv?: number;
  /** Announces this length instead of the payload's own. */
  readonly announced?: number;
}

/** One frame received. */
export interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Uint8Array;
  /** The payload as text. */
  readonly text: string;
  /** Of a close frame. */
  readonly code?: number;
  readonly reason?: string;
}

/** The bytes of one frame. */
export function encodeFrame(options: FrameOptions): Uint8Array<ArrayBuffer> {
  const payload = typeof options.payload === "string"
    ? new TextEncoder().encode(options.payload)
    : options.payload ?? new Uint8Array();
  const length = options.announced ?? payload.length;
  const masked = options.masked ?? true;
  const head: number[] = [
    (options.fin ?? true ? 0x80 : 0) | (options.rsv ?? 0) << 4 | options.opcode,
  ];
  const mark = masked ? 0x80 : 0;
  if (length < 126) head.push(mark | length);
  else if (length < 65_536) head.push(mark | 126, length >> 8, length & 0xff);
  else {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setBigUint64(0, BigInt(length));
    head.push(mark | 127, ...new Uint8Array(bytes.buffer));
  }
  const key = masked ? [0x12, 0x34, 0x56, 0x78] : [];
  const frame = new Uint8Array(head.length + key.length + payload.length);
  frame.set(head);
  frame.set(key, head.length);
  const body = payload.map((byte, index) => masked ? byte ^ (key[index % 4] ?? 0) : byte);
  frame.set(body, head.length + key.length);
  return frame;
}

/** A connection after a WebSocket handshake. */
export class RawWebSocket {
  readonly connection: RawConnection;
  /** The subprotocol that the server chose, or an empty string. */
  readonly protocol: string;

  private constructor(connection: RawConnection, protocol: string) {
    this.connection = connection;
    this.protocol = protocol;
  }

  /**
   * Shakes hands on `path`.
   *
   * @throws {Error} when the server answers anything but 101.
   */
  static async open(
    port: number,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawWebSocket> {
    const connection = await RawConnection.open(port);
    const lines = Object.entries({ ...HANDSHAKE, ...headers }).map(([name, value]) =>
      `${name}: ${value}`
    );
    await connection.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    const answer = await connection.answer();
    if (answer.status !== 101) {
      connection.close();
      throw new Error(`the handshake was answered ${answer.status} ${answer.body}`);
    }
    return new RawWebSocket(connection, answer.headers["sec-websocket-protocol"] ?? "");
  }

  async send(frame: FrameOptions): Promise<void> {
    await this.connection.write(encodeFrame(frame));
  }

  async sendText(text: string): Promise<void> {
    await this.send({ opcode: OPCODE.text, payload: text });
  }

  /** The next frame of any kind. */
  async frame(): Promise<Frame> {
    const [first = 0, second = 0] = await this.connection.take(2);
    const length = await this.#length(second & 0x7f);
    const payload = await this.connection.take(length);
    const opcode = first & 0x0f;
    const text = new TextDecoder().decode(opcode === OPCODE.close ? payload.slice(2) : payload);
    const frame = { opcode, fin: (first & 0x80) !== 0, payload, text };
    if (opcode !== OPCODE.close || payload.length < 2) return frame;
    return { ...frame, code: (payload[0] ?? 0) << 8 | (payload[1] ?? 0), reason: text };
  }

  /** The next text frame, answering pings on the way. */
  async text(): Promise<string> {
    for (;;) {
      const frame = await this.frame();
      if (frame.opcode === OPCODE.text) return frame.text;
      if (frame.opcode === OPCODE.ping) {
        await this.send({ opcode: OPCODE.pong, payload: frame.payload });
      } else throw new Error(`a frame of kind ${frame.opcode} came instead: ${frame.text}`);
    }
  }

  /** Reads until the close frame. */
  async closing(): Promise<Frame> {
    for (;;) {
      const frame = await this.frame();
      if (frame.opcode === OPCODE.close) return frame;
    }
  }

  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #length(short: number): Promise<number> {
    if (short < 126) return short;
    const bytes = await this.connection.take(short === 126 ? 2 : 8);
    return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  }
}

const HANDSHAKE: Readonly<Record<string, string>> = {
  Host: "127.0.0.1",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};
