import { ChatnodeError } from "../../../errors.ts";
import type { Connection } from "../../../protocol/connection.ts";
import { encodeError } from "../../../protocol/encode.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { ServerSession, type SessionContext } from "../../../protocol/session.ts";
import { decodeUtf8 } from "../frame.ts";
import type { Speaker } from "../framed.ts";
import type { TcpLimits } from "../limits.ts";
import type { Link } from "../link.ts";

/** A frame of no bytes: the sign of life. */
const SIGN_OF_LIFE = new Uint8Array(4);

/** What all native sessions work with. */
export interface NativeContext {
  readonly protocol: SessionContext;
  readonly limits: TcpLimits;
}

/** One client that speaks `chatnode.v1` in frames. */
export class NativeSession implements Speaker, Connection {
  readonly #context: NativeContext;
  readonly #link: Link;
  readonly #session: ServerSession;
  /** Asked for a sign of life. */
  #asked = false;

  constructor(context: NativeContext, link: Link, remote: string) {
    this.#context = context;
    this.#link = link;
    this.#session = new ServerSession(context.protocol, this, { remote });
  }

  frame(body: Uint8Array): void {
    this.#asked = false;
    if (body.length === 0) return;
    const text = decodeUtf8(body);
    if (text === undefined) this.#refuse("protocol/utf8", "it is not UTF-8");
    else this.#session.text(text);
  }

  oversize(length: number): void {
    const state = `it has ${length} bytes, at most ${this.#context.limits.frameBytes} may come`;
    this.#refuse("protocol/too-large", state);
  }

  ended(): void {
    void this.#session.answered().then(() => this.#link.close());
  }

  closed(end: { readonly slow: boolean }): void {
    this.#session.closed(end);
  }

  beat(silentMs: number): void {
    const { pingMs, pongMs } = this.#context.limits;
    if (silentMs >= pingMs + pongMs && this.#asked) {
      const error = new ChatnodeError("session/silent", "Cannot go on: no sign of life came");
      this.send(encodeError(error, {}));
      this.#link.close();
    } else if (silentMs >= pingMs && !this.#asked) {
      this.#asked = true;
      this.#link.send(SIGN_OF_LIFE);
    }
  }

  send(frame: string | Uint8Array): void {
    this.#link.send(frame);
  }

  drained(): Promise<void> {
    return this.#link.drained();
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  /** The code has no place in these frames; an `error` that says why came before. */
  close(): void {
    this.#link.close();
  }

  #refuse(code: "protocol/utf8" | "protocol/too-large", state: string): void {
    this.#context.protocol.hub.counters.badFrames += 1;
    this.send(encodeError(new ProtocolError(code, `Cannot read the frame: ${state}`), {}));
    this.#link.close();
  }
}
