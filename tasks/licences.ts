/**
 * The licences of what a build contains: whoever passes an executable on has to pass them on too.
 *
 * @module
 */
import { join } from "node:path";
import { ChatnodeError } from "../src/errors.ts";
import { deno, lastLines } from "./program.ts";

/** What `deno info --json` says, as far as it matters here. */
interface Info {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, Package>>;
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  /** Where it lies on this machine. */
  readonly localPath: string;
}

/**
 * The text of `licences.txt`: chatnode's own licence, then that of every package that `main.ts`
 * brings with it.
 *
 * @throws {ChatnodeError} when a package comes without a licence
 */
export async function licences(root: string): Promise<string> {
  const { code, stdout, stderr } = await deno(["info", "--json", "main.ts"], { cwd: root });
  if (code !== 0) {
    const hint = lastLines(stderr, 4);
    throw new ChatnodeError("build/licences", "Cannot list the packages: deno info failed", {
      hint,
    });
  }
  const parts: [name: string, text: string][] = [
    ["chatnode", await Deno.readTextFile(join(root, "LICENSE"))],
  ];
  for (const { name, version, localPath } of packagesIn(JSON.parse(stdout))) {
    parts.push([`${name} ${version}`, await licenceOf(name, localPath)]);
  }
  return parts.map(([name, text]) => `${name}\n${"=".repeat(name.length)}\n\n${text.trim()}\n`)
    .join("\n\n");
}

/** The packages that a program runs with, by name; those that only hold types are none of it. */
export function packagesIn({ modules, npmPackages }: Info): Package[] {
  const found = new Set<string>();
  const pending = modules.flatMap(({ npmPackage }) => npmPackage ?? []);
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const each = npmPackages[id];
    if (each === undefined || found.has(id) || each.name.startsWith("@types/")) continue;
    found.add(id);
    pending.push(...each.dependencies);
  }
  return [...found].flatMap((id) => npmPackages[id] ?? [])
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
}

async function licenceOf(name: string, folder: string): Promise<string> {
  for await (const { name: file, isFile } of Deno.readDir(folder)) {
    if (isFile && /^licen[cs]e(\.\w+)?$/i.test(file)) {
      return await Deno.readTextFile(join(folder, file));
    }
  }
  throw new ChatnodeError(
    "build/licences",
    `Cannot build with ${name}: the package comes without a licence`,
  );
}
