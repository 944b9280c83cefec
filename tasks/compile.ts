/**
 * `deno task compile`: one executable that needs nothing else on the machine.
 *
 * `deno compile` makes it when its runtime can be had; where that cannot be downloaded, the
 * self-extracting executable takes its place.
 *
 * @module
 */
import { join, relative, resolve } from "node:path";
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

/** What can become of an attempt to use `deno compile`. */
type Compiled = "made" | "no runtime";

/**
 * Runs `deno compile` over the build in `folder`.
 *
 * @throws {ChatnodeError} when it fails for another reason than a runtime it cannot download
 */
async function compile(
  folder: string,
  files: readonly string[],
  output: string,
  target: string | undefined,
): Promise<Compiled> {
  const outcome = await deno([
    "compile",
    "--no-check",
    ...["--no-config", "--no-lock", "--no-remote", "--no-npm"],
    ...PERMISSIONS,
    V8_FLAGS,
    ...["--app-name", "chatnode", "--output", output],
    ...(target === undefined ? [] : ["--target", target]),
    ...files.filter((name) => name !== ENTRY).flatMap((name) => ["--include", name]),
    ENTRY,
  ], { cwd: folder });
  if (outcome.code === 0) return "made";
  if (isMissingRuntime(outcome)) return "no runtime";
  throw new ChatnodeError("compile/failed", "Cannot compile: deno compile failed", {
    hint: lastLines(outcome.stderr, 6),
  });
}

/** Whether `deno compile` failed at downloading the runtime (`denort`) that it builds upon. */
export function isMissingRuntime({ code, stderr }: Outcome): boolean {
  return code !== 0 && /denort/i.test(stderr);
}

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      output: { type: "string" },
      target: { type: "string" },
      "self-extracting": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE.trimEnd());
    return 0;
  }
  const { target } = values;
  const folder = join(ROOT, "dist");
  const output = resolve(values.output ?? join(folder, "chatnode"));
  const shown = relative(Deno.cwd(), output).startsWith("..")
    ? output
    : relative(Deno.cwd(), output);
  const files = await build(folder);
  let selfExtracting = values["self-extracting"];
  if (!selfExtracting) {
    const made = await step(
      `Compiling ${shown}`,
      () => compile(folder, files, output, target),
    );
    selfExtracting = made === "no runtime";
    if (selfExtracting) {
      await line(
        "Deno's runtime for executables cannot be downloaded: making a self-extracting one instead.",
      );
    }
  }
  if (selfExtracting) {
    const here = Deno.build.target;
    if (target !== undefined && target !== here) {
      throw new ChatnodeError(
        "compile/target",
        `Cannot make a self-extracting executable for ${target}: it holds the Deno of ${here}`,
      );
    }
    const { version } = manifest;
    await step(
      `Making ${shown}`,
      () => makeSelfExtracting({ folder, files, version, output }),
    );
  }
  const { size } = await Deno.stat(output);
  await line(`${shown}: ${(size / 1e6).toFixed(1)} MB. Try: ${shown} --help`);
  return 0;
}

if (import.meta.main) await main(run);
