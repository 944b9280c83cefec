/**
 * Where chains end in segments that are about to be removed.
 *
 * @module
 */
import { join } from "node:path";
import { chainOf } from "../message/chain.ts";
import { decodeEvent, type EventLine } from "../message/line.ts";
import { eventHash } from "../message/signature.ts";
import type { Breather } from "./breather.ts";
import type { ChainAnchor } from "./catalog_state.ts";
import { readIfThere } from "./layout.ts";

/** Which segments are to be read. */
export interface ChainEndsTask {
  /** The folder `history/`. */
  readonly history: string;
  /** Relative to it. */
  readonly paths: readonly string[];
}

const BATCH = 500;
const decoder = new TextDecoder();

/** The last event of every numbered chain in the segments; what cannot be read is left out. */
export async function findChainEnds(
  { history, paths }: ChainEndsTask,
  breathe: Breather,
): Promise<ChainAnchor[]> {
  const ends = new Map<string, { seq: number; line: EventLine }>();
  for (const path of paths) {
    const text = decoder.decode(await readIfThere(join(history, path)) ?? new Uint8Array());
    for (const [index, json] of text.split("\n").entries()) {
      if (index % BATCH === BATCH - 1) await breathe();
      const line = decodeOrNothing(json);
      const seq = line?.event.content.chatnode?.seq;
      if (line === undefined || seq === undefined) continue;
      const chain = chainOf(line.event);
      if (seq > (ends.get(chain)?.seq ?? 0)) ends.set(chain, { seq, line });
    }
  }
  return Array.from(ends.values(), ({ seq, line }) => {
    const { sender_id: sender, content } = line.event;
    return [
      sender,
      content.chatnode?.device ?? "",
      seq,
      eventHash(line.canonical("null")),
    ] as const;
  });
}

function decodeOrNothing(json: string): EventLine | undefined {
  try {
    return decodeEvent(json);
  } catch {
    return undefined;
  }
}
