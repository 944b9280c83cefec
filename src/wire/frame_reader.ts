/**
 * WebSocket frames as a server receives them (RFC 6455 section 5): masked, perhaps fragmented, cut
 * anywhere by the network. Lengths are bounded when they are announced, not when they have come.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { CLOSE, WireError } from "./errors.ts";
import { OPCODE } from "./frame.ts";
import {
  asBuffer,
  closeCode,
  decodeText,
  type FrameHeader,
  protocolFault,
  readHeader,
  unmask,
} from "./frame_parts.ts";

/** What a reader found. */
export interface FrameEvents {
  /** A whole message, valid UTF-8. */
  onText(text: string): void;
  /** A whole message; the bytes are the receiver's. */
  onBinary(bytes: Uint8Array): void;
  onPing(payload: Uint8Array): void;
  onPong(): void;
  /** The peer's close frame; 1005 when it gives no code. Nothing follows. */
  onClose(code: number): void;
}

/** Bytes of the mask, the last of the header. */
const MASK = 4;
const NOTHING = new Uint8Array();

/** Reads one connection's frames. */
export class FrameReader {
  readonly #events: FrameEvents;
  readonly #maximum: number;
  /** An incomplete frame: grows by doubling, so that single bytes cost single bytes. */
  #partial: Buffer | undefined;
  #held = 0;
  /** The fragments of an incomplete message, unmasked. */
  #fragments: Uint8Array[] | undefined;
  #fragmented = 0;
  #kind: number = OPCODE.text;
  #ended = false;
  #paused = false;

  /** @param maximum bytes of one message, its fragments together */
  constructor(maximum: number, events: FrameEvents) {
    this.#maximum = maximum;
    this.#events = events;
  }

  /** True while a frame or message has begun and not ended. */
  get isPartial(): boolean {
    return this.#held > 0 || this.#fragments !== undefined;
  }

  /** Keeps what comes, unread, until `resume`; also what is left of the chunk being read. */
  pause(): void {
    this.#paused = true;
  }

  /** Reads on. @throws {WireError} as `push` */
  resume(): void {
    this.#paused = false;
    if (this.#held > 0) this.push(NOTHING);
  }

  /**
   * Takes what came from the network; `chunk` is the reader's from now on. After a throw, or after
   * the peer's close frame, everything further is ignored.
   *
   * @throws {WireError} for what breaks the protocol or the bound
   */
  push(chunk: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.#push(this.#held === 0 ? asBuffer(chunk) : this.#join(chunk));
    } catch (error) {
      this.#ended = true;
      this.#forget();
      throw error;
    }
  }

  #push(bytes: Buffer): void {
    let at = 0;
    while (!this.#ended && !this.#paused) {
      const header = readHeader(bytes, at);
      if (header === undefined) break;
      this.#check(header);
      const end = at + header.size + header.length;
      if (end > bytes.length) break;
      const payload = bytes.subarray(at + header.size, end);
      unmask(payload, bytes, at + header.size - MASK);
      at = end;
      this.#frame(header, payload);
    }
    if (this.#ended) this.#forget();
    else this.#keep(bytes, at);
  }

  /** Puts a chunk behind what is held. */
  #join(chunk: Uint8Array): Buffer {
    const needed = this.#held + chunk.length;
    let partial = this.#partial ?? Buffer.allocUnsafeSlow(needed);
    if (needed > partial.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, partial.length * 2));
      larger.set(partial.subarray(0, this.#held));
      partial = larger;
      this.#partial = larger;
    }
    partial.set(chunk, this.#held);
    return partial.subarray(0, needed);
  }

  /** Keeps the bytes of an incomplete frame, copied: the chunk may be part of something larger. */
  #keep(bytes: Buffer, from: number): void {
    const left = bytes.length - from;
    if (left === 0) {
      this.#partial = undefined;
      this.#held = 0;
      return;
    }
    if (this.#partial === undefined || this.#partial.buffer !== bytes.buffer) {
      this.#partial = Buffer.allocUnsafeSlow(left);
      this.#partial.set(bytes.subarray(from));
    } else this.#partial.copyWithin(0, from, bytes.length);
    this.#held = left;
  }

  #forget(): void {
    this.#partial = undefined;
    this.#held = 0;
    this.#fragments = undefined;
  }

  #check({ opcode, final, length }: FrameHeader): void {
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong) throw protocolFault("its opcode is unknown");
      if (!final) throw protocolFault("a control frame is fragmented");
      if (length > 125) throw protocolFault("a control frame is longer than 125 bytes");
      return;
    }
    if (opcode > OPCODE.binary) throw protocolFault("its opcode is unknown");
    const continues = opcode === OPCODE.continuation;
    if (continues && this.#fragments === undefined) throw protocolFault("it continues no message");
    if (!continues && this.#fragments !== undefined) {
      throw protocolFault("the message before is not done");
    }
    if (length + this.#fragmented <= this.#maximum) return;
    throw new WireError(CLOSE.tooBig, `it is longer than ${this.#maximum} bytes`);
  }

  #frame({ opcode, final }: FrameHeader, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.#events.onPing(payload);
    else if (opcode === OPCODE.pong) this.#events.onPong();
    else if (opcode === OPCODE.close) {
      this.#ended = true;
      this.#events.onClose(closeCode(payload));
    } else if (opcode !== OPCODE.continuation && final) this.#message(opcode, payload);
    else this.#fragment(opcode, final, payload);
  }

  #fragment(opcode: number, final: boolean, payload: Buffer): void {
    if (opcode !== OPCODE.continuation) this.#kind = opcode;
    this.#fragments ??= [];
    // Empty fragments are legal and would make an endless list of nothing.
    if (payload.length > 0) this.#fragments.push(new Uint8Array(payload));
    this.#fragmented += payload.length;
    if (!final) return this.#compact();
    const message = Buffer.concat(this.#fragments, this.#fragmented);
    this.#fragments = undefined;
    this.#fragmented = 0;
    this.#message(this.#kind, message);
  }

  /** Joins many small fragments, which would cost more to keep than they hold. */
  #compact(): void {
    if (this.#fragments === undefined || this.#fragments.length < 256) return;
    this.#fragments = [Buffer.concat(this.#fragments, this.#fragmented)];
  }

  #message(kind: number, payload: Buffer): void {
    if (kind === OPCODE.text) this.#events.onText(decodeText(payload));
    else this.#events.onBinary(new Uint8Array(payload));
  }
}
