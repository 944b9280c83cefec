/**
 * The bundle: one JavaScript file for the program, one for each worker that it starts.
 *
 * @module
 */
import { basename, join } from "node:path";
import { ChatnodeError } from "../src/errors.ts";
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
 * `bundle` with every worker's `.ts` replaced by the `.js` that lies beside it.
 *
 * @throws {ChatnodeError} unless it names each worker exactly as often as the sources do
 */
export function withBuiltWorkers(bundle: string, workers: readonly WorkerSource[]): string {
  const counts = new Map<string, number>();
  const text = bundle.replace(WORKER, (_, name: string) => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return `new URL("./${name}.js", import.meta.url)`;
  });
  for (const { name, references, path } of workers) {
    const count = counts.get(name) ?? 0;
    if (count !== references) {
      throw unbundled(path, `the bundle names it ${count} times, the sources ${references} times`);
    }
    counts.delete(name);
  }
  for (const name of counts.keys()) throw unbundled(name, "no source starts such a worker");
  return text;
}

/**
 * Bundles `entry` and its workers into `folder`; resolves with the names of the files written, the
 * program's first.
 *
 * @throws {ChatnodeError} when the bundler fails or a worker cannot be placed
 */
export async function bundle(
  entry: string,
  sources: ReadonlyMap<string, string>,
  folder: string,
): Promise<string[]> {
  const workers = workersIn(sources);
  const program = join(folder, ENTRY);
  await bundleOne(entry, program);
  await Deno.writeTextFile(program, withBuiltWorkers(await Deno.readTextFile(program), workers));
  const names = [ENTRY];
  for (const worker of workers) {
    const output = join(folder, `${worker.name}.js`);
    await bundleOne(worker.path, output);
    // A worker that starts workers would need the same treatment; none does.
    withBuiltWorkers(await Deno.readTextFile(output), []);
    names.push(basename(output));
  }
  return names;
}

async function bundleOne(entry: string, output: string): Promise<void> {
  const args = ["bundle", "--quiet", "--platform", "deno", "--no-check", "--output", output, entry];
  const { code, stderr } = await deno(args, { cwd: join(entry, "..") });
  if (code === 0) return;
  throw new ChatnodeError("build/bundle", `Cannot bundle ${basename(entry)}: deno bundle failed`, {
    hint: lastLines(stderr, 6),
  });
}

function unbundled(path: string, why: string): ChatnodeError {
  return new ChatnodeError("build/worker", `Cannot bundle the worker of ${basename(path)}: ${why}`);
}
