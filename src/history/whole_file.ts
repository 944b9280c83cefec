/**
 * Reads whole files for the worker, which is started and ended again and again.
 *
 * @module
 */

/**
 * A file's bytes. Synchronous: reading beside takes a thread and holds them twice.
 *
 * They lie in a buffer that could be resized, though it never is: the runtime takes pages of the
 * system for such a one and gives them back. The allocator of the C library keeps what a buffer of
 * megabytes was in, and from the first one on that of every thread up to twice its size.
 *
 * @throws {Deno.errors.NotFound}
 */
export function readWhole(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  const bytes = new Uint8Array(new ArrayBuffer(size, { maxByteLength: size }));
  let done = 0;
  while (done < size) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
