/**
 * A file that is written off the event loop, where one says.
 *
 * @module
 */

const MODE = 0o600;

/** See the module's description. No two calls may be under way at the same time. */
export class PositionedFile {
  readonly #file: Deno.FsFile;
  #cursor = 0;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  static async open(path: string): Promise<PositionedFile> {
    return new PositionedFile(await Deno.open(path, { write: true, create: true, mode: MODE }));
  }

  /** Writes all of `bytes`; a rejection says nothing about how many of them were written. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    // Moves the descriptor's cursor only; no disk is touched.
    if (this.#cursor !== position) this.#file.seekSync(position, Deno.SeekMode.Start);
    // Nobody knows where a write that fails leaves the cursor.
    this.#cursor = Number.NaN;
    for (let done = 0; done < bytes.length;) {
      done += await this.#file.write(done === 0 ? bytes : bytes.subarray(done));
    }
    this.#cursor = position + bytes.length;
  }

  sync(): Promise<void> {
    return this.#file.syncData();
  }

  async truncate(length: number): Promise<void> {
    await this.#file.truncate(length);
  }

  close(): void {
    this.#file.close();
  }
}
