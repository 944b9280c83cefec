/**
 * The bundle: the program's entry and the parts that it loads when a command needs them, and one
 * file for each worker that it starts.
 *
 * @module
 */
import { basename, join } from "node:path";
import { ChatnodeError } from "../src/errors.ts";
import { withoutHttp2, withPartsLater } from "./bundled_imports.ts";
import { deno, lastLines } from "./program.ts";
import { ENTRY } from "./runtime.ts";

/** How a source names a worker of its own folder; nothing else may stand between the brackets. */
const WORKER = /new URL\(\s*"\.\/([a-z0-9_]+)\.ts",\s*import\.meta\.url,?\s*\)/g;
/** Any address relative to a module, in whatever form. */
const RELATIVE = /import\.meta\.(?:url|dirname|filename|resolve)/g;

/** A worker's source and how often the sources name it. */
export interface WorkerSource {
  /** Absolute. */
  readonly path: string;
  /** `worker` for `worker.ts`. */
  readonly name: string;
  readonly references: number;
}

/**
 * The workers that `sources` (text by absolute path) name.
 *
 * @throws {ChatnodeError} when two workers would get one name, or a module finds a file of its own
 *   in a way that a bundle cannot keep
 */
export function workersIn(sources: ReadonlyMap<string, string>): WorkerSource[] {
  const found = new Map<string, WorkerSource>();
  for (const [path, text] of sources) {
    const matches = [...text.matchAll(WORKER)];
    if (matches.length !== [...text.matchAll(RELATIVE)].length) {
      throw unbundled(path, 'only new URL("./name.ts", import.meta.url) can be bundled');
    }
    for (const [, name = ""] of matches) {
      const source = join(path, "..", `${name}.ts`);
      const known = found.get(name);
      if (known !== undefined && known.path !== source) {
        throw unbundled(path, `another worker is called ${name} as well`);
      }
      found.set(name, { path: source, name, references: (known?.references ?? 0) + 1 });
    }
  }
  return [...found.values()];
}

/**
 * The bundle's files (text by name) with every worker's `.ts` replaced by the `.js` that lies beside
 * them.
 *
 * @throws {ChatnodeError} unless they name each worker exactly as often as the sources do
 */
export function withBuiltWorkers(
  files: ReadonlyMap<string, string>,
  workers: readonly WorkerSource[],
): Map<string, string> {
  const counts = new Map<string, number>();
  const built = new Map([...files].map(([file, text]) => [
    file,
    text.replace(WORKER, (_, name: string) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return `new URL("./${name}.js", import.meta.url)`;
    }),
  ]));
  for (const { name, references, path } of workers) {
    const count = counts.get(name) ?? 0;
    if (count !== references) {
      throw unbundled(path, `the bundle names it ${count} times, the sources ${references} times`);
    }
    counts.delete(name);
  }
  for (const name of counts.keys()) throw unbundled(name, "no source starts such a worker");
  return built;
}

/**
 * Bundles `entry` and its workers into `folder`, which is empty; resolves with the names of the
 * files written, the program's entry last: what has it has everything that it loads.
 *
 * @throws {ChatnodeError} when the bundler fails or a worker cannot be placed
 */
export async function bundle(
  entry: string,
  sources: ReadonlyMap<string, string>,
  folder: string,
): Promise<string[]> {
  const workers = workersIn(sources);
  await bundleOne(entry, ["--code-splitting", "--outdir", folder]);
  const written = basename(entry).replace(/\.ts$/, ".js");
  const parts = (await filesIn(folder)).filter((name) => name !== written).sort();
  await Deno.rename(join(folder, written), join(folder, ENTRY));
  await rewrite(folder, [...parts, ENTRY], workers);
  for (const worker of workers) {
    const name = `${worker.name}.js`;
    if (parts.includes(name)) throw unbundled(worker.path, `the bundle has a part called ${name}`);
    await bundleOne(worker.path, ["--output", join(folder, name)]);
    // A worker that starts workers would need the same treatment; none does.
    await rewrite(folder, [name], []);
  }
  return [...parts, ...workers.map(({ name }) => `${name}.js`), ENTRY];
}

async function filesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

async function rewrite(
  folder: string,
  names: readonly string[],
  workers: readonly WorkerSource[],
): Promise<void> {
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(join(folder, name))));
  const files = new Map(names.map((name, index) => [name, texts[index] ?? ""]));
  for (const [name, text] of withPartsLater(withoutHttp2(withBuiltWorkers(files, workers)))) {
    if (text !== files.get(name)) await Deno.writeTextFile(join(folder, name), text);
  }
}

async function bundleOne(entry: string, output: readonly string[]): Promise<void> {
  const args = ["bundle", "--quiet", "--platform", "deno", "--no-check", ...output, entry];
  const { code, stderr } = await deno(args, { cwd: join(entry, "..") });
  if (code === 0) return;
  throw new ChatnodeError("build/bundle", `Cannot bundle ${basename(entry)}: deno bundle failed`, {
    hint: lastLines(stderr, 6),
  });
}

function unbundled(path: string, why: string): ChatnodeError {
  return new ChatnodeError("build/worker", `Cannot bundle the worker of ${basename(path)}: ${why}`);
}
