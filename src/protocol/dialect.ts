import type { Dialect } from "../hub/contract.ts";
import { encodeSignal } from "./encode.ts";
import { PROTOCOL } from "./frames.ts";

/**
 * The dialect of one transport: all its sessions share it, so that the hub encodes once for them.
 *
 * @param join turns frames into the transport's bytes, for example WebSocket frames in one buffer
 * @param skip such a buffer without its first frames, where that is cheap
 */
export function createDialect(
  join: (frames: readonly string[]) => Uint8Array,
  skip?: (joined: Uint8Array, frames: number) => Uint8Array,
): Dialect<Uint8Array> {
  return {
    name: PROTOCOL,
    echo: false,
    encode: (signals) => join(signals.map(encodeSignal)),
    ...(skip === undefined ? {} : { tail: skip }),
  };
}
