/**
 * Whose names those are that log files call people by. Addresses say it themselves; an alias is the
 * account's own when it was given as such or speaks in conversations with different people, and the
 * other side's otherwise.
 *
 * @module
 */
import type { Address } from "../../message/event.ts";
import { nameFault } from "../../message/name.ts";
import type { Speaker } from "./contract.ts";
import type { FoundLog } from "./find.ts";

type Place = Pick<FoundLog, "account" | "peer" | "kind">;

/** See the module's description. Shown every file first, then asked. */
export class Names {
  readonly #own: ReadonlySet<string>;
  /** The peers that a name speaks in conversations with, by account and name. */
  readonly #peers = new Map<string, Set<string>>();

  /** @param own names that are the account's, as the user says */
  constructor(own: readonly string[]) {
    this.#own = new Set(own);
  }

  /** Takes note of who speaks in a file. */
  note({ account, peer, kind }: Place, speaker: Speaker): void {
    if (speaker.kind !== "named" || kind === "group") return;
    const key = keyOf(account, speaker.name);
    const peers = this.#peers.get(key) ?? new Set();
    this.#peers.set(key, peers.add(peer));
  }

  /** The address of who speaks. */
  addressOf(place: Place, speaker: Speaker): Address {
    const { account, peer, kind } = place;
    if (speaker.kind === "self" || speaker.kind === "bot") return account;
    if (speaker.kind === "peer") return peer;
    const { name } = speaker;
    if (this.#isOwn(place, name)) return account;
    if (kind === "conversation") return peer;
    // What cannot be part of an address is kept as far as it can.
    const occupant = `${peer}/${name.normalize("NFC").trim().replace(/\s+/g, " ")}`;
    return nameFault(occupant) === undefined ? occupant : peer;
  }

  /** Names in a conversation of two that are neither an address nor known, with its peer. */
  unsettled(): { readonly peer: string; readonly names: readonly string[] }[] {
    const byPeer = new Map<string, string[]>();
    for (const [key, peers] of this.#peers) {
      const [account = "", name = ""] = key.split("\n");
      const [peer = "", ...more] = peers;
      const place = { account, peer, kind: "conversation" } as const;
      if (more.length > 0 || this.#isOwn(place, name) || isNameOf(peer, name)) continue;
      byPeer.set(peer, [...byPeer.get(peer) ?? [], name]);
    }
    return Array.from(byPeer, ([peer, names]) => ({ peer, names }))
      .filter(({ names }) => names.length > 1);
  }

  #isOwn({ account, peer, kind }: Place, name: string): boolean {
    if (this.#own.has(name)) return true;
    if (kind === "group" || isNameOf(peer, name)) return false;
    return isNameOf(account, name) || (this.#peers.get(keyOf(account, name))?.size ?? 0) > 1;
  }
}

function keyOf(account: Address, name: string): string {
  return `${account}\n${name}`;
}

/** Its address or the part before the `@`. */
function isNameOf(address: Address, name: string): boolean {
  const lower = name.toLowerCase();
  return lower === address || lower === address.slice(0, address.lastIndexOf("@"));
}
