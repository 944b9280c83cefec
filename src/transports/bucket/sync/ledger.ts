/**
 * Which files of others are in the history, so that they are fetched once. Names of old folders are
 * folded into one number, which says whether a listing shows anything new; what is forgotten or lost
 * is fetched again, which is harmless: events that are known are not stored twice.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { compareCodePoints } from "../../../message/code_points.ts";
import { parseSegmentName } from "../../../history/segments.ts";
import type { FileKey } from "./names.ts";

/** Names that are kept one by one, of all folders together. */
const MOST_NAMES = 50_000;

/** A folder whose names are folded. */
export interface Folded {
  readonly folder: string;
  readonly digest: string;
}

/** See the module's description. */
export class Ledger {
  readonly #most: number;
  /** The least recently touched first. */
  readonly #open = new Map<string, Set<string>>();
  readonly #folded = new Map<string, string>();
  #names = 0;

  constructor(most: number = MOST_NAMES) {
    this.#most = most;
  }

  /** Whether a file is known to be in the history. False for those of folded folders. */
  has({ folder, name }: FileKey): boolean {
    return this.#open.get(folder)?.has(name) ?? false;
  }

  /** Whether another file of the same writer is known that holds everything of this one. */
  covers({ folder, name, writer, start, end }: FileKey): boolean {
    for (const other of this.#open.get(folder) ?? []) {
      if (other === name || !other.endsWith(`_${writer}.jsonl`)) continue;
      const known = parseSegmentName(other);
      if (known?.writer === writer && known.start <= start && known.end >= end) return true;
    }
    return false;
  }

  /** Whether a folder is folded and holds exactly these names. */
  isSame(folder: string, names: readonly string[]): boolean {
    const digest = this.#folded.get(folder);
    return digest !== undefined && digest === digestOf(names);
  }

  /** Notes files of one folder. */
  add(folder: string, names: readonly string[]): void {
    const open = this.#open.get(folder) ?? new Set();
    this.#open.delete(folder);
    this.#open.set(folder, open);
    for (const name of names) {
      if (!open.has(name)) this.#names++;
      open.add(name);
    }
    // What a listing compares is the whole folder, which is not known any more.
    this.#folded.delete(folder);
  }

  /** Takes over a folded folder. */
  fold({ folder, digest }: Folded): void {
    this.#names -= this.#open.get(folder)?.size ?? 0;
    this.#open.delete(folder);
    this.#folded.set(folder, digest);
  }

  /** Forgets a folder. */
  forget(folder: string): void {
    this.#names -= this.#open.get(folder)?.size ?? 0;
    this.#open.delete(folder);
    this.#folded.delete(folder);
  }

  /** Folders that have to be folded to stay within bounds. */
  excess(): Folded[] {
    const excess: Folded[] = [];
    let names = this.#names;
    for (const [folder, open] of this.#open) {
      if (names <= this.#most || excess.length === this.#open.size - 1) break;
      names -= open.size;
      excess.push({ folder, digest: digestOf([...open]) });
    }
    return excess;
  }

  /** Everything, to be written down. */
  *entries(): Generator<Folded | { readonly folder: string; readonly names: readonly string[] }> {
    for (const [folder, digest] of this.#folded) yield { folder, digest };
    for (const [folder, names] of this.#open) yield { folder, names: [...names] };
  }
}

function digestOf(names: readonly string[]): string {
  const hash = createHash("sha256");
  for (const name of names.toSorted(compareCodePoints)) hash.update(`${name}\n`);
  return hash.digest("base64");
}
