/**
 * Which messages of ours went to whom: what others say about a message counts when it was theirs to
 * read.
 *
 * @module
 */
import { feature } from "./feature.ts";
import { messages } from "./messages.ts";
import { Remembered } from "./remembered.ts";

/** Looks up messages that were sent lately, from any client of the account. */
export interface SentIds {
  /** Whether the message `id` of ours went to `bare`, or into that room. */
  wasTo(id: string, bare: string): boolean;
  /** Whether anything of ours went to `bare` lately. */
  knows(bare: string): boolean;
}

const MOST = 10_000;

/** See the module's description. */
export const sentIds = feature<SentIds>({
  extensions: [],
  start(port) {
    const peers = new Remembered<string, string>(MOST);
    const known = new Remembered<string, true>(MOST);
    const note = (id: string, peer: string): void => {
      const bare = peer.split("/")[0] ?? peer;
      peers.set(id, bare);
      known.set(bare, true);
    };
    const all = port.use(messages);
    all.decorate(({ to }, id) => {
      note(id, to.toLowerCase());
      return [];
    });
    all.listen(({ direction, id, peer }) => {
      if (direction === "out" && id !== undefined) note(id, peer);
    });
    return {
      wasTo: (id, bare) => peers.get(id) === bare,
      knows: (bare) => known.has(bare),
    };
  },
});
