/**
 * WebSocket frames as a server sends them (RFC 6455 section 5): never masked, never fragmented.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Scratch } from "./scratch.ts";

/** RFC 6455 section 5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The longest header of an unmasked frame. */
const HEADER_MAX = 10;
/** UTF-8 needs at most three bytes for each UTF-16 unit. */
const BYTES_PER_UNIT = 3;
/** RFC 6455 section 5.5. */
const CONTROL_MAX = 125;

/**
 * Writes texts as frames into one buffer. One encoder serves all connections of a door: its scratch
 * buffer is written and copied out within one call.
 */
export class FrameEncoder {
  readonly #scratch = new Scratch();

  /** One text frame for each text, joined. The result is the caller's. */
  encode(texts: readonly string[]): Uint8Array {
    const most = texts.reduce((sum, text) => sum + text.length * BYTES_PER_UNIT + HEADER_MAX, 0);
    const scratch = this.#scratch.room(most);
    let end = 0;
    for (const text of texts) end = writeText(scratch, end, text);
    const frames = Buffer.allocUnsafeSlow(end);
    frames.set(scratch.subarray(0, end));
    return frames;
  }
}

/** What {@linkcode FrameEncoder.encode} has made, without its first frames; shares its memory. */
export function skipFrames(frames: Uint8Array, count: number): Uint8Array {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let at = 0;
  for (let skipped = 0; skipped < count && at < frames.length; skipped++) {
    const short = view.getUint8(at + 1);
    if (short < 126) at += 2 + short;
    else if (short === 126) at += 4 + view.getUint16(at + 2);
    else at += 10 + Number(view.getBigUint64(at + 2));
  }
  return frames.subarray(at);
}

/** A ping or pong; the payload is cut at 125 bytes. */
export function controlFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const bytes = payload.subarray(0, CONTROL_MAX);
  const frame = new Uint8Array(2 + bytes.length);
  frame[0] = 0x80 | opcode;
  frame[1] = bytes.length;
  frame.set(bytes, 2);
  return frame;
}

/** A close frame (RFC 6455 section 5.5.1); the reason is cut at 123 bytes, between characters. */
export function closeFrame(code: number, reason: string): Uint8Array {
  const payload = new Uint8Array(CONTROL_MAX);
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2));
  return controlFrame(OPCODE.close, payload.subarray(0, 2 + written));
}

/** Returns the end of the frame. The header's length is guessed, and put right for non-ASCII. */
function writeText(target: Buffer, start: number, text: string): number {
  const guessed = headerLength(text.length);
  const length = target.write(text, start + guessed, "utf8");
  const header = headerLength(length);
  if (header !== guessed) {
    target.copyWithin(start + header, start + guessed, start + guessed + length);
  }
  target[start] = 0x80 | OPCODE.text;
  if (header === 2) target[start + 1] = length;
  else if (header === 4) {
    target[start + 1] = 126;
    target.writeUInt16BE(length, start + 2);
  } else {
    target[start + 1] = 127;
    target.writeBigUInt64BE(BigInt(length), start + 2);
  }
  return start + header + length;
}

function headerLength(payload: number): number {
  return payload < 126 ? 2 : payload < 65_536 ? 4 : 10;
}
