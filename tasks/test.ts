/**
 * `deno task test`: sets everything up, runs the suites, closes with `N passed, N failed`.
 *
 * Arguments are test files and folders, or part of a test's name; flags go to `deno test`.
 *
 * @module
 */
import { relative, resolve } from "node:path";
import { ROOT } from "./build.ts";
import { install } from "./install.ts";
import { line, main, step } from "./steps.ts";
import { aptInstall, installLine, type Need, NEEDS, packagesOf, unmet } from "./testing/needs.ts";
import { linesOf, quieted } from "./testing/quiet.ts";
import { closingLine, NOTHING, sum, type Tally, tallyOf } from "./testing/outcome.ts";

/** Suites that load the machine: after the others, one file at a time. */
const ALONE: readonly string[] = ["tests/process/", "tests/packaging/"];

/** What the command line asks for. */
interface Selection {
  /** Relative to the project; empty for everything. */
  readonly paths: readonly string[];
  /** For `deno test`. */
  readonly flags: readonly string[];
}

/** An existing path selects files, any other word selects tests by name. */
async function select(args: readonly string[]): Promise<Selection> {
  const paths: string[] = [];
  const flags: string[] = [];
  for (const arg of args) {
    if (arg.startsWith("-")) flags.push(arg);
    else if (await exists(resolve(ROOT, arg))) paths.push(relative(ROOT, resolve(ROOT, arg)));
    else flags.push(`--filter=${arg}`);
  }
  return { paths, flags };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Whether `path` lies in `suite` (a file, or a folder with a slash at the end). */
function isIn(path: string, suite: string): boolean {
  return `${path}/`.startsWith(suite) || path === suite;
}

/** Meets what it can of `needs`; resolves with those that stay unmet. */
async function prepare(needs: readonly Need[]): Promise<Need[]> {
  const missing = await unmet(needs);
  if (missing.length === 0 || Deno.uid() !== 0) return missing;
  const packages = packagesOf(missing);
  const fault = await step(`Installing ${packages.join(", ")}`, () => aptInstall(packages));
  if (fault !== undefined) await line(fault);
  return await unmet(missing);
}

/** One `deno test`, shown as it goes. */
async function run(
  mode: "parallel" | "one by one",
  paths: readonly string[],
  ignored: readonly string[],
  flags: readonly string[],
): Promise<Tally> {
  const terminal = Deno.stdout.isTerminal();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--quiet", "--allow-all", "--permit-no-files"],
      ...(mode === "parallel" ? ["--parallel"] : []),
      ...(ignored.length === 0 ? [] : [`--ignore=${ignored.join(",")}`]),
      ...flags,
      ...paths,
    ],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    env: {
      DENO_NO_UPDATE_CHECK: "1",
      ...(terminal ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }),
    },
  }).spawn();
  const lines: string[] = [];
  const show = mode === "parallel" ? quieted() : (line: string) => line;
  for await (const line of linesOf(child.stdout)) {
    lines.push(line);
    const shown = show(line);
    if (shown !== undefined) console.log(shown);
  }
  const { success } = await child.status;
  const tally = tallyOf(lines);
  if (tally === undefined) return success ? NOTHING : broken("deno test ended without a summary");
  return success || tally.failed > 0 ? tally : sum(tally, broken("deno test failed as a whole"));
}

function broken(what: string): Tally {
  return { ...NOTHING, failed: 1, failures: [what] };
}

async function test(args: readonly string[]): Promise<number> {
  const { paths, flags } = await select(args);
  await install(ROOT);
  const missing = await prepare(
    NEEDS.filter(({ suite }) =>
      paths.length === 0 || paths.some((path) => isIn(suite, `${path}/`) || isIn(path, suite))
    ),
  );
  const skipped = [...new Set(missing.map(({ suite }) => suite))];
  // What is named is run by deno test even where it is ignored as well.
  const wanted = (paths.length === 0 ? ["tests/", ...ALONE] : paths)
    .filter((path) => !skipped.some((suite) => isIn(path, suite)));
  const alone = wanted.filter((path) => ALONE.some((suite) => isIn(path, suite)));
  const together = wanted.filter((path) => !alone.includes(path));

  let tally = NOTHING;
  if (together.length > 0) {
    tally = sum(tally, await run("parallel", together, [...ALONE, ...skipped], flags));
  }
  for (const path of alone) {
    if (!await exists(resolve(ROOT, path))) continue;
    tally = sum(tally, await run("one by one", [path], skipped, flags));
  }
  return await close(tally, missing);
}

/** Says what failed and what was skipped; the last line is the count. */
async function close(tally: Tally, missing: readonly Need[]): Promise<number> {
  const suites = new Set(missing.map(({ suite }) => suite));
  const strict = (Deno.env.get("CI") ?? "") !== "" && Deno.env.get("CI") !== "false";
  if (tally.failures.length > 0) {
    await line("\nFailed:");
    for (const failure of tally.failures) await line(`  ${failure}`);
  }
  for (const suite of suites) {
    const own = missing.filter((need) => need.suite === suite);
    const programs = own.map(({ program }) => program).join(", ");
    await line(`\n${strict ? "Failed, not run" : "Skipped"}: ${suite} needs ${programs}:`);
    await line(`  ${installLine(packagesOf(own))}`);
  }
  const failed = tally.failed + (strict ? suites.size : 0);
  const skipped = tally.ignored + (strict ? 0 : suites.size);
  console.log(closingLine(tally.passed, failed, skipped));
  return failed > 0 || tally.passed === 0 ? 1 : 0;
}

if (import.meta.main) await main(test);
