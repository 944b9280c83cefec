/**
 * Messages that come a second time. Stream management alone does not prevent it: a server that has
 * lost a session delivers again what was not acknowledged, and one that had not yet read all of a
 * broken connection counts too little, so that the sender says it again (both were seen with Prosody
 * and ejabberd under load). Either way the ids stay the same (XEP-0359).
 *
 * @module
 */
import type { Element } from "../xml.ts";

const STANZA_IDS = "urn:xmpp:sid:0";
/** Ids are opaque and not longer than this, or not worth remembering. */
const ID_MOST = 512;

/** The latest messages, by who sent them and what they are called. */
export class Duplicates {
  readonly #most: number;
  readonly #seen = new Set<string>();

  /** @param most how many are remembered */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Whether a message was there before; from now on it was. What has no id is always new, and so is
   * what has the id of another message: a key holds the sender, so that nobody can make somebody
   * else's message look like a duplicate, and the length of the text, for who counts anew.
   */
  has(message: Element, account: string): boolean {
    const keys = this.#keys(message, account);
    const isKnown = keys.some((key) => this.#seen.has(key));
    for (const key of keys) {
      this.#seen.delete(key);
      this.#seen.add(key);
    }
    for (const oldest of this.#seen) {
      if (this.#seen.size <= this.#most) break;
      this.#seen.delete(oldest);
    }
    return isKnown;
  }

  #keys(message: Element, account: string): string[] {
    const { from = account, id, type = "normal" } = message.attrs;
    const body = message.getChildText("body") ?? "";
    const given = message.getChildren("stanza-id", STANZA_IDS)
      .find((child) => child.attrs["by"] === account)?.attrs["id"];
    const own = message.getChild("origin-id", STANZA_IDS)?.attrs["id"] ?? id;
    const rest = `${from} ${type} ${body.length}`;
    const named: [string, string | undefined][] = [["given", given], ["own", own]];
    return named
      .filter(([, value]) => value !== undefined && value !== "" && value.length <= ID_MOST)
      .map(([kind, value]) => `${kind} ${value} ${rest}`);
  }
}
