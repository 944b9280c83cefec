/**
 * How far each account has received over HTTP, per room, kept across restarts. Messages are not
 * copied: they are read from the history again.
 *
 * @module
 */
import { removeIfThere, replaceFile } from "../../files.ts";
import { decodeChecked, encodeChecked } from "../../checked_json.ts";
import type { Clock, Timer } from "../../clock.ts";
import { getLogger } from "../../log.ts";
import type { Address, RoomId } from "../../message/event.ts";

/** Per room, the first offset not yet received. */
export type Cursors = ReadonlyMap<RoomId, number>;

/** What the store works with. */
export interface CursorStoreOptions {
  /** The file; absent: in memory only. */
  readonly path?: string;
  /** The numbering of offsets that the cursors belong to. */
  readonly epoch: string;
  /** Accounts that are remembered; the one that was unused for longest gives way. */
  readonly accounts: number;
  readonly clock: Clock;
}

/** How long changes are gathered before they are written, milliseconds. */
const WRITE_AFTER = 2_000;

/** See the module's description. */
export class CursorStore {
  readonly #options: CursorStoreOptions;
  /** In order of use, the longest unused first. */
  readonly #cursors: Map<Address, Cursors>;
  readonly #log = getLogger(["alonechat"]);
  /** Brings cursors up to date before they are written. */
  readonly #collect: Set<() => void> = new Set();
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: CursorStoreOptions, cursors: Map<Address, Cursors>) {
    this.#options = options;
    this.#cursors = cursors;
  }

  /** Reads the file. A damaged one is set aside and reported. */
  static async open(options: CursorStoreOptions): Promise<CursorStore> {
    return new CursorStore(options, await load(options));
  }

  get(account: Address): Cursors | undefined {
    return this.#cursors.get(account);
  }

  set(account: Address, cursors: Cursors): void {
    this.#cursors.delete(account);
    this.#cursors.set(account, cursors);
    const [oldest] = this.#cursors.keys();
    if (this.#cursors.size > this.#options.accounts && oldest !== undefined) {
      this.#cursors.delete(oldest);
    }
    this.changed();
  }

  /** Calls `collect`, which may `set`, before every write; the result ends that. */
  onWrite(collect: () => void): () => void {
    this.#collect.add(collect);
    return () => this.#collect.delete(collect);
  }

  /** Something has moved: it is written soon. */
  changed(): void {
    if (this.#options.path === undefined) return;
    this.#timer ??= this.#options.clock.after(WRITE_AFTER, () => void this.flush());
  }

  /** Writes what is not written yet. Never rejects: a failure is logged and tried again later. */
  flush(): Promise<void> {
    const { path } = this.#options;
    for (const collect of this.#collect) collect();
    if (this.#timer === undefined || path === undefined) return this.#writing;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write(path));
    return this.#writing;
  }

  /** Writes for the last time. */
  async close(): Promise<void> {
    await this.flush();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #write(path: string): Promise<void> {
    const accounts = [...this.#cursors].map(([account, rooms]) => [account, [...rooms]]);
    const text = encodeChecked({ version: 1, epoch: this.#options.epoch, accounts });
    try {
      await replaceFile(path, new TextEncoder().encode(text));
    } catch (error) {
      const reason = error instanceof Error ? error.message : "no Error";
      this.#log.warn("Cannot write the receive cursors: {reason}", { reason });
      this.changed();
    }
  }
}

async function load({ path, epoch }: CursorStoreOptions): Promise<Map<Address, Cursors>> {
  const log = getLogger(["alonechat"]);
  const text = path === undefined ? undefined : await readIfThere(path);
  if (path === undefined || text === undefined) return new Map();
  const file = decode(text);
  if (file === undefined) {
    const aside = `${path}.damaged`;
    await removeIfThere(aside);
    await Deno.rename(path, aside);
    log.warn("Cannot use the receive cursors: the file is damaged, it is now {aside}", { aside });
    return new Map();
  }
  if (file.epoch === epoch) return file.accounts;
  log.warn("The history was restored or rebuilt: polling clients receive what comes from now on");
  return new Map();
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

interface CursorFile {
  readonly epoch: string;
  readonly accounts: Map<Address, Cursors>;
}

/** Undefined for what is no such file. */
function decode(text: string): CursorFile | undefined {
  const file = text.endsWith("\n") ? decodeChecked(text.slice(0, -1)) : undefined;
  if (typeof file !== "object" || file === null) return undefined;
  const { version, epoch, accounts } = file as Readonly<Record<string, unknown>>;
  if (version !== 1 || typeof epoch !== "string" || !Array.isArray(accounts)) return undefined;
  const read = new Map<Address, Cursors>();
  for (const pair of accounts) {
    const [account, rooms] = Array.isArray(pair) ? pair as unknown[] : [];
    if (typeof account !== "string" || !Array.isArray(rooms) || !rooms.every(isCursor)) {
      return undefined;
    }
    read.set(account, new Map(rooms));
  }
  return { epoch, accounts: read };
}

function isCursor(value: unknown): value is [RoomId, number] {
  if (!Array.isArray(value)) return false;
  const [room, offset] = value as unknown[];
  return typeof room === "string" && Number.isSafeInteger(offset);
}
