/**
 * A tar archive in the interchange format (ustar, POSIX.1-1988): the same files always give the
 * same bytes, whoever packs them and when.
 *
 * @module
 */
import { open } from "node:fs/promises";
import { Readable } from "node:stream";

/** A file to pack. */
export interface Member {
  /** As it will be called: one ASCII word without folders, at most 99 characters. */
  readonly name: string;
  /** Where it is now. */
  readonly path: string;
  readonly executable: "executable" | "plain";
}

const BLOCK = 512;

/** The archive of `members` as a stream of bytes. */
export function archive(members: readonly Member[]): Readable {
  return Readable.from(blocks(members));
}

async function* blocks(members: readonly Member[]): AsyncGenerator<Uint8Array> {
  for (const { name, path, executable } of members) {
    const { size } = await Deno.stat(path);
    yield header(name, size, executable === "executable" ? 0o755 : 0o644);
    const file = await open(path);
    try {
      for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) {
        yield chunk as Uint8Array;
      }
    } finally {
      await file.close();
    }
    yield new Uint8Array((BLOCK - size % BLOCK) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

/** One member's header: owner 0, time 0. Numbers are octal text, NUL at the end. */
export function header(name: string, size: number, mode: number): Uint8Array {
  if (!/^[\w.-]{1,99}$/.test(name)) throw new RangeError(`Cannot pack ${name}: bad member name`);
  if (size >= 8 ** 11) throw new RangeError(`Cannot pack ${name}: larger than 8 GiB`);
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, width: number) => value.toString(8).padStart(width, "0");
  put(0, name);
  put(100, octal(mode, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(0, 11));
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 6)}\x00 `);
  return block;
}
