/**
 * A caller who sends frames: the first body tells whether it is an original client or a native one.
 *
 * @module
 */
import type { Clock, Timer } from "../../clock.ts";
import { decodeUtf8 } from "./frame.ts";
import { type FrameEvents, FrameReader } from "./frame_reader.ts";
import type { TcpLimits } from "./limits.ts";
import type { Link, LinkEvents } from "./link.ts";

/** Whoever understands the frames. */
export interface Speaker {
  /** The body of one frame, valid during the call. */
  frame(body: Uint8Array): void;
  /** Once: a frame was announced that is too long. */
  oversize(length: number): void;
  /** The client sends no more. */
  ended(): void;
  /** Once: the connection is over. */
  closed(end: { readonly slow: boolean }): void;
  /** About once a second; `silentMs`: how long nothing was heard. */
  beat(silentMs: number, idleMs: number): void;
}

/** What kind of client sends a first frame. */
export type FramedKind = "original" | "native";

/** What framed callers work with. */
export interface FramedContext {
  readonly clock: Clock;
  readonly limits: TcpLimits;
  speaker(kind: FramedKind, link: Link, remote: string): Speaker;
}

/** See the module's description. */
export class FramedCaller implements LinkEvents, FrameEvents {
  readonly #context: FramedContext;
  readonly #link: Link;
  readonly #remote: string;
  readonly #reader: FrameReader;
  /** For the first frame. */
  #deadline: Timer | undefined;
  #speaker: Speaker | undefined;
  /** Since when a frame is incomplete. */
  #partialAt: number | undefined;

  constructor(context: FramedContext, link: Link, remote: string) {
    this.#context = context;
    this.#link = link;
    this.#remote = remote;
    this.#reader = new FrameReader(context.limits.frameBytes, this);
    this.#deadline = context.clock.after(context.limits.handshakeMs, () => link.destroy());
  }

  data(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    if (!this.#reader.isPartial) this.#partialAt = undefined;
    else this.#partialAt ??= this.#context.clock.monotonic();
  }

  ended(): void {
    if (this.#speaker === undefined) this.#link.close();
    else this.#speaker.ended();
  }

  closed(end: { readonly slow: boolean }): void {
    this.#reader.stop();
    this.#known();
    this.#speaker?.closed(end);
  }

  beat(silentMs: number): void {
    const { clock, limits } = this.#context;
    const partial = this.#partialAt === undefined ? 0 : clock.monotonic() - this.#partialAt;
    if (partial >= limits.messageMs) this.#link.close();
    else this.#speaker?.beat(silentMs, limits.idleMs);
  }

  frame(body: Uint8Array): void {
    this.#partialAt = undefined;
    if (this.#speaker === undefined) {
      this.#known();
      this.#speaker = this.#context.speaker(kindOf(body), this.#link, this.#remote);
    }
    this.#speaker.frame(body);
    if (!this.#link.isOpen) this.#reader.stop();
  }

  oversize(length: number): void {
    if (this.#speaker === undefined) this.#link.close();
    else this.#speaker.oversize(length);
  }

  /** Waits for no first frame any more. */
  #known(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }
}

/** Native clients begin with a JSON object whose type is `hello`. */
function kindOf(body: Uint8Array): FramedKind {
  const text = decodeUtf8(body)?.trimStart();
  if (text === undefined || !text.startsWith("{")) return "original";
  try {
    const value: unknown = JSON.parse(text);
    const isHello = typeof value === "object" && value !== null && "type" in value &&
      value.type === "hello";
    return isHello ? "native" : "original";
  } catch {
    return "original";
  }
}
