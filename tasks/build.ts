/**
 * `deno task build`: bundles the program into `dist/`, unless what lies there is made of exactly
 * these sources.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ChatnodeError } from "../src/errors.ts";
import { bundle } from "./bundle.ts";
import { install } from "./install.ts";
import { licences } from "./licences.ts";
import { main, step } from "./steps.ts";

/** The project's folder. */
export const ROOT: string = resolve(import.meta.dirname ?? ".", "..");

/** What a build was made of, kept beside it. */
const RECORD = "build.json";
/** What has to go with the program, wherever it goes. */
const LICENCES = "licences.txt";

interface Build {
  /** Names in the folder, the program's entry last. */
  readonly files: readonly string[];
  /**
   * Names of the build before, which are left where they are until the next: a program that was
   * started from it may still have parts to load. A part's name changes with its content.
   */
  readonly former: readonly string[];
  /** SHA-256 of everything that decides what a build holds. */
  readonly inputs: string;
  /** SHA-256 of the files in their order. */
  readonly outputs: string;
}

/**
 * Brings `folder` up to date and resolves with its files' names. Says nothing when there is nothing
 * to do. Several at once do not disturb each other: each file is replaced whole.
 *
 * @throws {ChatnodeError} when dependencies cannot be had or the bundler fails
 */
export async function build(folder: string): Promise<readonly string[]> {
  const sources = await readSources();
  const inputs = digest([Deno.version.deno, ...[...sources].flat()]);
  const known = await lastBuild(folder);
  if (known !== undefined && await isFresh(folder, known, inputs)) return known.files;
  await install(ROOT);
  return await step(`Building ${relative(Deno.cwd(), folder) || "."}`, async () => {
    const fresh = await besides(folder);
    try {
      const scripts = await bundle(join(ROOT, "main.ts"), modules(sources), fresh);
      await Deno.writeTextFile(join(fresh, LICENCES), await licences(ROOT));
      const files = [LICENCES, ...scripts];
      const outputs = await digestFiles(fresh, files);
      const last = await lastBuild(folder);
      const former = (last?.inputs === inputs ? last.former : last?.files) ?? [];
      const record: Build = { files, former, inputs, outputs };
      await Deno.writeTextFile(join(fresh, RECORD), JSON.stringify(record));
      // Parts before the entry that names them; the record last: without it the build is stale.
      for (const name of [...files, RECORD]) {
        await Deno.rename(join(fresh, name), join(folder, name));
      }
      await removeOthers(folder, last?.former ?? [], [...files, ...former]);
      return files;
    } finally {
      await Deno.remove(fresh, { recursive: true });
    }
  });
}

/** Removes `names` from `folder` but for those in `kept`. */
async function removeOthers(
  folder: string,
  names: readonly string[],
  kept: readonly string[],
): Promise<void> {
  for (const name of names.filter((each) => !kept.includes(each))) {
    await Deno.remove(join(folder, name)).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** A new folder in `folder`, where files can be renamed from into it. */
async function besides(folder: string): Promise<string> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    return await Deno.makeTempDir({ dir: folder, prefix: ".new-" });
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    const message = `Cannot build into ${folder}: you may not write there`;
    throw new ChatnodeError("build/folder", message, {
      hint: "Make a copy of the project that belongs to you.",
    });
  }
}

/** Every file that decides what a build holds, by absolute path. */
async function readSources(): Promise<Map<string, string>> {
  const paths = ["main.ts", "deno.json", "deno.lock", "LICENSE"].map((name) => join(ROOT, name));
  for (const name of ["build.ts", "bundle.ts", "bundled_imports.ts", "licences.ts"]) {
    paths.push(join(ROOT, "tasks", name));
  }
  for await (const path of filesUnder(join(ROOT, "src"))) paths.push(path);
  const texts = await Promise.all(paths.map((path) => Deno.readTextFile(path)));
  const sources = paths.map((path, index) => [path, texts[index] ?? ""] as const);
  return new Map(sources.toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** The program's own modules among the sources. */
function modules(sources: ReadonlyMap<string, string>): Map<string, string> {
  const own = [...sources].filter(([path]) =>
    path.endsWith(".ts") && !path.startsWith(join(ROOT, "tasks"))
  );
  return new Map(own);
}

async function* filesUnder(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* filesUnder(path);
    else if (entry.isFile) yield path;
  }
}

/** What the record in `folder` says, if there is one that this version writes. */
async function lastBuild(folder: string): Promise<Build | undefined> {
  try {
    const record = JSON.parse(await Deno.readTextFile(join(folder, RECORD))) as Partial<Build>;
    const { files, former, inputs, outputs } = record;
    if (files === undefined || inputs === undefined || outputs === undefined) return undefined;
    return { files, former: former ?? [], inputs, outputs };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether `last` is made of `inputs` and whole. */
async function isFresh(folder: string, last: Build, inputs: string): Promise<boolean> {
  if (last.inputs !== inputs) return false;
  try {
    return await digestFiles(folder, last.files) === last.outputs;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function digestFiles(folder: string, names: readonly string[]): Promise<string> {
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(join(folder, name))));
  return digest(texts.flatMap((text, index) => [names[index] ?? "", text]));
}

/** SHA-256 over parts, each with its length, so that no two lists of parts look alike. */
function digest(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

if (import.meta.main) {
  await main(async (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: { output: { type: "string", default: join(ROOT, "dist") } },
    });
    await build(resolve(values.output));
    return 0;
  });
}
