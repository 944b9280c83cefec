/**
 * The only place where journal bytes meet the disk. The journal decides what is written where; how
 * it gets there (and what a test lets go wrong) is decided here.
 *
 * @module
 */

/** One open journal file. */
export interface JournalFile {
  /**
   * Writes all of `bytes` at `position` and, with `"synced"`, makes file and bytes durable. The
   * caller leaves `bytes` alone until the promise settles. A rejection says nothing about which
   * bytes reached the file.
   */
  commit(bytes: Uint8Array, position: number, durability: "synced" | "written"): Promise<void>;
  /** Makes everything written so far durable. */
  sync(): Promise<void>;
  /** Drops everything from `length` on, durably. */
  truncate(length: number): Promise<void>;
  /** Releases the file; idempotent. */
  close(): void;
}

/** Opens journal files. */
export interface JournalFiles {
  /** Opens `path`, which is made when it does not exist. The folder is not synced. */
  open(path: string): Promise<JournalFile>;
}

/** Journal files of the file system. */
export const diskJournalFiles: JournalFiles = {
  async open(path) {
    return new DiskJournalFile(await Deno.open(path, { write: true, create: true, mode: 0o600 }));
  },
};

class DiskJournalFile implements JournalFile {
  readonly #file: Deno.FsFile;
  #cursor = 0;
  #open = true;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async commit(
    bytes: Uint8Array,
    position: number,
    durability: "synced" | "written",
  ): Promise<void> {
    if (this.#cursor !== position) this.#seek(position);
    for (let done = 0; done < bytes.length;) {
      const written = await this.#file.write(done === 0 ? bytes : bytes.subarray(done));
      done += written;
      this.#cursor += written;
    }
    if (durability === "synced") await this.#file.syncData();
  }

  sync(): Promise<void> {
    return this.#file.syncData();
  }

  async truncate(length: number): Promise<void> {
    await this.#file.truncate(length);
    await this.#file.sync();
    this.#seek(length);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
  }

  /** Moves the descriptor's cursor; no disk is touched, so it need not be awaited. */
  #seek(position: number): void {
    this.#cursor = this.#file.seekSync(position, Deno.SeekMode.Start);
  }
}
