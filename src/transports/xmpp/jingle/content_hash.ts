/**
 * Hashes of what a file holds (XEP-0300): named in an offer, made while the bytes pass.
 *
 * @module
 */
import { createHash, type Hash, timingSafeEqual } from "node:crypto";
import { type Element, xml } from "../xml.ts";

/** The namespace of a hash. */
export const HASHES = "urn:xmpp:hashes:2";

/** Names of XEP-0300, and the runtime's; the first one is the one that our own offers hold. */
const ALGORITHMS = {
  "sha-256": "sha256",
  "sha-512": "sha512",
  "sha3-256": "sha3-256",
  "sha3-512": "sha3-512",
  // Only to notice what broke on the way: who offers a file could offer another just as well.
  "sha-1": "sha1",
} as const;

/** A way to make a hash that is known here. */
export type Algorithm = keyof typeof ALGORITHMS;

/** Those that service discovery tells of. */
export const TOLD: readonly Algorithm[] = ["sha-256", "sha-512", "sha3-256", "sha3-512"];

const KNOWN = Object.keys(ALGORITHMS) as readonly Algorithm[];
const TEXT_MOST = 200;

/** What somebody says of a file's hashes. */
export interface Hashes {
  /** base64, by algorithm; only what is known here. */
  readonly said: ReadonlyMap<Algorithm, string>;
  /** Hashes that are to follow, once they are made. */
  readonly promised: readonly Algorithm[];
}

/** The hashes that an element has as children. */
export function readHashes(parent: Element): Hashes {
  const said = new Map<Algorithm, string>();
  const promised: Algorithm[] = [];
  for (const element of parent.getChildren("hash", HASHES)) {
    const algorithm = KNOWN.find((each) => each === element.attrs["algo"]?.toLowerCase());
    const text = element.text().replace(/\s/g, "");
    if (algorithm === undefined || text.length > TEXT_MOST) continue;
    if (text === "") promised.push(algorithm);
    else said.set(algorithm, text);
  }
  return { said, promised };
}

/** A hash as an element; without `value`, a promise of it. */
export function hashElement(algorithm: Algorithm, value?: string): Element {
  return xml("hash", { xmlns: HASHES, algo: algorithm }, value);
}

/** Hashes of bytes that come one after the other. */
export class RunningHashes {
  readonly #hashes: ReadonlyMap<Algorithm, Hash>;
  #made: ReadonlyMap<Algorithm, string> | undefined;

  /** SHA-256, and what else is asked for. */
  constructor(more: Iterable<Algorithm> = []) {
    const names = new Set<Algorithm>(["sha-256", ...more]);
    this.#hashes = new Map([...names].map((name) => [name, createHash(ALGORITHMS[name])]));
  }

  /** Takes the next bytes; not after {@linkcode all}. */
  add(bytes: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(bytes);
  }

  /** base64 of each, of all bytes; ends the taking. */
  all(): ReadonlyMap<Algorithm, string> {
    this.#made ??= new Map(
      [...this.#hashes].map(([name, hash]) => [name, hash.digest("base64")]),
    );
    return this.#made;
  }

  /** SHA-256 of all bytes, base64; ends the taking. */
  sha256(): string {
    return this.all().get("sha-256") ?? "";
  }
}

/**
 * Whether bytes are what was said of them: `unknown` when nothing was said that could be compared.
 *
 * @param made must hold every algorithm of `said` for which an answer is wanted
 */
export function compared(
  said: ReadonlyMap<Algorithm, string>,
  made: ReadonlyMap<Algorithm, string>,
): "same" | "different" | "unknown" {
  const pairs = [...said].flatMap(([name, value]) => {
    const own = made.get(name);
    return own === undefined ? [] : [[value, own] as const];
  });
  if (pairs.length === 0) return "unknown";
  return pairs.every(([value, own]) => isEqual(value, own)) ? "same" : "different";
}

function isEqual(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => new TextEncoder().encode(text));
  return one !== undefined && other !== undefined && one.length === other.length &&
    timingSafeEqual(one, other);
}
