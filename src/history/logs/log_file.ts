/**
 * Appends to log files that others may read meanwhile: whole lines, and after a crash none twice.
 *
 * @module
 */
import { dirname } from "node:path";

const encoder = new TextEncoder();
const LF = 0x0a;

/**
 * Appends lines to a file, which is made when it is not there.
 *
 * @param lines each with its line end
 */
export async function appendLines(path: string, lines: readonly string[]): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
  try {
    const bytes = encoder.encode(lines.join(""));
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  } finally {
    file.close();
  }
}

/**
 * As {@linkcode appendLines} where some of the first lines may be at the file's end already, the
 * last of them perhaps cut: a crash came between writing and noting it.
 */
export async function appendMissing(path: string, lines: readonly string[]): Promise<void> {
  const tail = await tailOf(path, encoder.encode(lines.join("")).length);
  let present = lines.length;
  while (present > 0 && !tail.endsWith(lines.slice(0, present).join(""))) present--;
  const isCut = tail !== "" && !tail.endsWith("\n");
  await appendLines(path, [...isCut ? ["\n"] : [], ...lines.slice(present)]);
}

/** About the last `length` bytes, from the beginning of a line on; empty when there is no file. */
async function tailOf(path: string, length: number): Promise<string> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - length - 1);
    await file.seek(start, Deno.SeekMode.Start);
    const bytes = new Uint8Array(size - start);
    let read = 0;
    for (let count: number | null = 1; count !== null && read < bytes.length; read += count ?? 0) {
      count = await file.read(bytes.subarray(read));
    }
    const from = start === 0 ? 0 : bytes.indexOf(LF) + 1;
    return new TextDecoder().decode(bytes.subarray(from, read));
  } finally {
    file.close();
  }
}
