/**
 * The self-extracting executable: `stub.sh`, and behind it a gzip-compressed archive of the program
 * and of the Deno that makes it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ChatnodeError } from "../../src/errors.ts";
import { ENTRY, RUN_FLAGS } from "../runtime.ts";
import { archive, type Member } from "./archive.ts";

/** What {@linkcode makeSelfExtracting} makes. */
export interface Order {
  /** The folder of the build. */
  readonly folder: string;
  /** Names in it, see `build`. */
  readonly files: readonly string[];
  readonly version: string;
  /** The executable's path; replaced whole. */
  readonly output: string;
}

/**
 * Writes the executable.
 *
 * @throws {ChatnodeError} when the running Deno is not a program that Linux can start by itself
 */
export async function makeSelfExtracting(order: Order): Promise<void> {
  const { folder, files, version, output } = order;
  const runtime = await findRuntime(Deno.execPath());
  const members: Member[] = [
    { name: "deno", path: runtime, executable: "executable" },
    ...files.map((name) => ({ name, path: join(folder, name), executable: "plain" }) as const),
  ];
  await Deno.mkdir(dirname(output), { recursive: true });
  const work = await Deno.makeTempDir({ dir: dirname(output), prefix: ".new-" });
  try {
    const packed = join(work, "archive");
    // The smallest: 41 MB instead of 42 at level 6, and unpacking is no slower.
    await pipeline(archive(members), createGzip({ level: 9 }), createWriteStream(packed));
    const stub = await fillStub(members, version, await sha256(packed));
    const whole = join(work, "chatnode");
    await pipeline(
      async function* () {
        yield new TextEncoder().encode(stub);
        yield* createReadStream(packed);
      },
      createWriteStream(whole),
    );
    await Deno.chmod(whole, 0o755);
    await Deno.rename(whole, output);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/**
 * The program behind `path`, also where npm or a version manager put a link or a script there.
 *
 * @throws {ChatnodeError} when it is not an ELF file
 */
async function findRuntime(path: string): Promise<string> {
  const real = await Deno.realPath(path);
  using file = await Deno.open(real);
  const magic = new Uint8Array(4);
  await file.read(magic);
  if (new TextDecoder().decode(magic) === "\x7fELF") return real;
  throw new ChatnodeError(
    "compile/runtime",
    `Cannot make a self-extracting executable: ${real} is not an ELF program`,
    { hint: "Self-extracting executables are made on Linux." },
  );
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** The stub with everything it needs to know; it says itself where it ends. */
async function fillStub(
  members: readonly Member[],
  version: string,
  key: string,
): Promise<string> {
  const byName = members.toSorted((a, b) => a.name < b.name ? -1 : 1);
  const sizes = await Promise.all(byName.map(async ({ path }) => (await Deno.stat(path)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const values: Record<string, string> = {
    VERSION: version,
    KEY: key,
    SIZES: sizes.join(" "),
    ROOM: String(Math.ceil(total / 1e6)),
    MACHINE: `${Deno.build.arch} Linux with glibc`,
    PATHS: byName.map(({ name }) => `"$home/${name}"`).join(" "),
    FLAGS: RUN_FLAGS.join(" "),
    ENTRY,
    // As wide as the place holder, so that filling it in moves nothing.
    START: "@START@",
  };
  const template = await Deno.readTextFile(join(import.meta.dirname ?? ".", "stub.sh"));
  const stub = template.replace(/@([A-Z]+)@/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`the stub asks for ${whole}`);
    return value;
  });
  const start = String(new TextEncoder().encode(stub).length + 1);
  return stub.replace("@START@", start.padEnd("@START@".length));
}
