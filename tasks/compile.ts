/**
 * `deno task compile`: one executable that needs nothing else on the machine.
 *
 * `deno compile` makes it when its runtime can be had; where that cannot be downloaded, the
 * self-extracting executable takes its place.
 *
 * @module
 */
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../deno.json" with { type: "json" };
import { ChatnodeError } from "../src/errors.ts";
import { build, ROOT } from "./build.ts";
import { deno, lastLines, type Outcome } from "./program.ts";
import { ENTRY, PERMISSIONS, V8_FLAGS } from "./runtime.ts";
import { makeSelfExtracting } from "./self_extracting/make.ts";
import { line, main, step } from "./steps.ts";

const USAGE = `Usage: deno task compile [flags]

  --output FILE      Where to put the executable. Default: dist/chatnode.
  --target TRIPLE    Machine to make it for, as of deno compile. Default: this one.
  --self-extracting  Make the self-extracting executable, whether or not the other can be made.
  --help             Show this help.
`;

const DIST = join(ROOT, "dist");

/** What can become of an attempt to use `deno compile`. */
type Compiled = "made" | "no runtime";

/**
 * Runs `deno compile` over the build.
 *
 * @throws {ChatnodeError} when it fails for another reason than a runtime it cannot download
 */
async function compile(
  files: readonly string[],
  output: string,
  target: string | undefined,
): Promise<Compiled> {
  // Beside its place and renamed: deno compile does not replace what it has not made itself.
  const fresh = join(dirname(output), `.new-${Deno.pid}-${basename(output)}`);
  await Deno.mkdir(dirname(output), { recursive: true });
  const outcome = await deno([
    "compile",
    "--no-check",
    ...["--no-config", "--no-lock", "--no-remote", "--no-npm"],
    ...PERMISSIONS,
    V8_FLAGS,
    ...["--app-name", "chatnode", "--output", fresh],
    ...(target === undefined ? [] : ["--target", target]),
    ...files.filter((name) => name !== ENTRY).flatMap((name) => ["--include", name]),
    ENTRY,
  ], { cwd: DIST });
  if (outcome.code === 0) {
    await Deno.rename(fresh, output);
    return "made";
  }
  if (isMissingRuntime(outcome)) return "no runtime";
  throw new ChatnodeError("compile/failed", "Cannot compile: deno compile failed", {
    hint: lastLines(outcome.stderr, 6),
  });
}

/** Whether `deno compile` failed at getting the runtime (`denort`) that it builds upon. */
export function isMissingRuntime({ code, stderr }: Outcome): boolean {
  return code !== 0 && /Setting up base binary|^ *(?:\d+|error): .*denort/m.test(stderr);
}

/** What the command line asks for. */
interface Order {
  readonly output: string;
  readonly target: string | undefined;
  readonly kind: "compiled" | "self-extracting";
}

/** Reads the command line; undefined when it asks for help. */
function read(args: readonly string[]): Order | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      output: { type: "string", default: join(DIST, "chatnode") },
      target: { type: "string" },
      "self-extracting": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const { target } = values;
  const named = resolve(values.output);
  return {
    target,
    kind: values["self-extracting"] ? "self-extracting" : "compiled",
    output: target?.includes("windows") && !named.endsWith(".exe") ? `${named}.exe` : named,
  };
}

async function make({ output, target, kind }: Order): Promise<void> {
  const files = await build(DIST);
  const shown = nameOf(output);
  if (kind === "compiled") {
    const made = await step(`Compiling ${shown}`, () => compile(files, output, target));
    if (made === "made") return;
    await line(
      "Deno's runtime for executables cannot be downloaded: making a self-extracting one instead.",
    );
  }
  const here = Deno.build.target;
  if (target !== undefined && target !== here) {
    throw new ChatnodeError(
      "compile/target",
      `Cannot make a self-extracting executable for ${target}: it holds the Deno of ${here}`,
    );
  }
  const { version } = manifest;
  const order = { folder: DIST, files, version, output };
  await step(`Making ${shown}`, () => makeSelfExtracting(order));
}

/** A path as somebody in this folder would type it to run it. */
function nameOf(path: string): string {
  const near = relative(Deno.cwd(), path);
  if (near.startsWith("..")) return path;
  return near.includes("/") ? near : `./${near}`;
}

if (import.meta.main) {
  await main(async (args) => {
    const order = read(args);
    if (order === undefined) {
      console.log(USAGE.trimEnd());
      return 0;
    }
    await make(order);
    const { size } = await Deno.stat(order.output);
    const shown = nameOf(order.output);
    await line(`${shown}: ${(size / 1e6).toFixed(1)} MB. Try: ${shown} --help`);
    return 0;
  });
}
