import type { Dialect, Signal } from "../../hub/contract.ts";
import type { FrameEncoder } from "../../wire/frame.ts";
import { encodeMessage } from "./message.ts";
import { renderSignal } from "./render.ts";

/** Signals as WebSocket frames that all of AloneChat's sockets share. */
export class SocketDialect implements Dialect<Uint8Array> {
  readonly name = "alonechat";
  readonly echo = true;
  readonly #node: string;
  readonly #encoder: FrameEncoder;

  constructor(node: string, encoder: FrameEncoder) {
    this.#node = node;
    this.#encoder = encoder;
  }

  encode(signals: readonly Signal[]): Uint8Array | undefined {
    const texts = signals.flatMap((signal) => {
      const message = renderSignal(signal, this.#node);
      return message === undefined ? [] : encodeMessage(message);
    });
    return texts.length === 0 ? undefined : this.#encoder.encode(texts);
  }
}
