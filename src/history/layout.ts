/**
 * Where everything lies in a data folder.
 *
 * @module
 */
import { join, relative } from "node:path";
import type { RoomId } from "../message/event.ts";
import { encodeFileName } from "../message/file_name.ts";

/** The names of a data folder; see `docs/architecture.md`. */
export interface Layout {
  readonly root: string;
  readonly lock: string;
  readonly node: string;
  readonly keys: string;
  readonly history: string;
  /** Holds the epoch. */
  readonly identity: string;
  readonly catalog: string;
  readonly index: string;
  readonly journals: string;
  readonly rooms: string;
  readonly quarantine: string;
  journal(number: number): string;
  summary(number: number): string;
  /** The folder of a room in the bucket layout. */
  room(room: RoomId): string;
  /** A path as the catalog keeps it, relative to {@linkcode Layout.history}. */
  within(relative: string): string;
  /** The reverse of {@linkcode Layout.within}. */
  relative(path: string): string;
}

/** The layout of the data folder `root`. */
export function createLayout(root: string): Layout {
  const history = join(root, "history");
  const journals = join(history, "journal");
  const rooms = join(history, "rooms");
  return {
    root,
    history,
    journals,
    rooms,
    lock: join(root, "lock"),
    node: join(root, "node.json"),
    keys: join(root, "keys"),
    identity: join(history, "history.json"),
    catalog: join(history, "catalog.jsonl"),
    index: join(history, "index.sqlite"),
    quarantine: join(history, "quarantine"),
    journal: (number) => join(journals, `${journalName(number)}.jsonl`),
    summary: (number) => join(journals, `${journalName(number)}.summary.json`),
    room: (room) => join(rooms, encodeFileName(room)),
    within: (path) => join(history, path),
    relative: (path) => relative(history, path),
  };
}

/** `00000001` for 1. */
export function journalName(number: number): string {
  return String(number).padStart(8, "0");
}

/** The numbers of the journal files in a folder, ascending; none when there is no folder. */
export async function listJournals(layout: Layout): Promise<number[]> {
  const numbers: number[] = [];
  for (const name of await listNames(layout.journals)) {
    const match = /^(\d{8,})\.jsonl$/.exec(name);
    if (match !== null) numbers.push(Number(match[1]));
  }
  return numbers.sort((a, b) => a - b);
}

/** The names in a folder in ascending order; none when it does not exist. */
export async function listNames(folder: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const entry of Deno.readDir(folder)) names.push(entry.name);
    return names.sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The bytes of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
