/**
 * From all sources to one object of settings: flag > environment > `.env` > file > default.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { linesWithoutEffect, parseDotenv } from "./dotenv.ts";
import { type Fault, fault, SettingsError } from "./faults.ts";
import { defaultDataFolder } from "./folders.ts";
import { Refused } from "./kinds.ts";
import { ENVIRONMENT_PREFIX } from "./names.ts";
import { describeOrigin, type Origin, shortPath } from "./origin.ts";
import { isUnsafeFolder, readSmallText } from "./read.ts";
import { contradictions } from "./rules.ts";
import { type Key, KEYS, type Settings } from "./schema.ts";
import type { Environment, Known } from "./setting.ts";
import {
  type Candidate,
  fromDotenv,
  fromEnvironment,
  fromFile,
  fromFlags,
  type GivenFlag,
  type Source,
} from "./sources.ts";
import { row } from "./spelling.ts";

/** The name of a settings file that is looked for. */
const FILE_NAME = "chatnode.jsonc";

/** What {@linkcode loadSettings} reads. */
export interface Sources {
  /** Later ones count when one setting is given twice. */
  readonly flags: readonly GivenFlag[];
  /** `--config`; relative to `cwd`. */
  readonly config: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of the working directory. */
  readonly cwd: string;
}

/** What {@linkcode loadSettings} found. */
export interface Loaded {
  readonly settings: Settings;
  readonly origins: Readonly<Record<Key, Origin>>;
  /** The settings file that was read, absolute. */
  readonly file: string | undefined;
  /** What was passed over and why, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads every source and checks every value, the ones that do not count as well.
 *
 * @throws {SettingsError} with everything that is wrong: names no setting has, values that a
 *   setting does not take, values that contradict each other, files that cannot be read
 */
export async function loadSettings(sources: Sources): Promise<Loaded> {
  const { cwd, environment } = sources;
  const warnings: string[] = [];
  const flags = fromFlags(sources.flags, cwd);
  const variables = fromEnvironment(environment, cwd);
  const dotenv = await readDotenv(cwd, warnings);
  const ahead = [...flags.candidates.toReversed(), ...variables.candidates, ...dotenv.candidates];
  const file = await readFile(sources, ahead, warnings);
  const { settings, origins, faults } = await decide(
    [...ahead, ...file.candidates],
    { get: (name) => environment[name] },
    cwd,
  );
  const all = [flags, variables, dotenv, file].flatMap((source) => source.faults).concat(faults);
  if (all.length === 0) all.push(...contradictions(settings));
  if (all.length > 0) throw new SettingsError(all);
  return { settings, origins, file: file.path, warnings };
}

const NOTHING: Source = { candidates: [], faults: [] };

async function readDotenv(cwd: string, warnings: string[]): Promise<Source> {
  const path = join(cwd, ".env");
  const content = await readSmallText(path);
  if (content.state === "absent" || content.state === "not allowed") return NOTHING;
  if (content.state === "unreadable") {
    return { candidates: [], faults: [fault(`Cannot read .env: ${content.why}`)] };
  }
  if (await isUnsafeFolder(cwd)) {
    warnings.push(`Passed over .env in ${cwd}: everybody may write to that folder`);
    return NOTHING;
  }
  const source = fromDotenv(parseDotenv(content.text), path);
  const idle = linesWithoutEffect(content.text, ENVIRONMENT_PREFIX).map((line) =>
    fault(`Cannot use .env:${line}: it is no NAME=value`)
  );
  return { ...source, faults: [...source.faults, ...idle] };
}

/** The settings file: the one that is named, else the one that is found. */
async function readFile(
  sources: Sources,
  ahead: readonly Candidate[],
  warnings: string[],
): Promise<Source & { path?: string }> {
  const { cwd } = sources;
  const named = sources.config ?? sources.environment["CHATNODE_CONFIG"] ?? "";
  if (named !== "") {
    const path = resolve(cwd, named);
    const content = await readSmallText(path);
    if (content.state === "read") return await parsed(content.text, path, cwd);
    const why = content.state === "absent" ? "there is no such file" : content.why;
    return { candidates: [], faults: [fault(`Cannot read ${shortPath(path, cwd)}: ${why}`)] };
  }
  for (const folder of fileFolders(sources, ahead)) {
    const path = join(folder, FILE_NAME);
    const content = await readSmallText(path);
    if (content.state === "absent" || content.state === "not allowed") continue;
    if (folder === cwd && await isUnsafeFolder(cwd)) {
      warnings.push(`Passed over ${FILE_NAME} in ${cwd}: everybody may write to that folder`);
      continue;
    }
    if (content.state === "read") return await parsed(content.text, path, cwd);
    const message = `Cannot read ${shortPath(path, cwd)}: ${content.why}`;
    return { candidates: [], faults: [fault(message)] };
  }
  return NOTHING;
}

/** Where a file that nobody names is looked for: here, then in the data folder. */
function fileFolders(sources: Sources, ahead: readonly Candidate[]): string[] {
  const { cwd, environment } = sources;
  const data = ahead.find(({ key }) => key === "data");
  if (data?.given.as === "text") return [cwd, resolve(data.base, data.given.text)];
  try {
    return [cwd, defaultDataFolder({ get: (name) => environment[name] })];
  } catch {
    return [cwd];
  }
}

async function parsed(
  text: string,
  path: string,
  cwd: string,
): Promise<Source & { path: string }> {
  // Loaded here: where there is no file its parser takes no memory.
  const { parseFile } = await import("./file.ts");
  const name = shortPath(path, cwd);
  const { entries, faults } = parseFile(text, name);
  const source = fromFile(entries, path, name);
  return { path, candidates: source.candidates, faults: [...faults, ...source.faults] };
}

/** Takes the first candidate of each key, checks the others. */
async function decide(
  candidates: readonly Candidate[],
  environment: Environment,
  cwd: string,
): Promise<{ settings: Settings; origins: Record<Key, Origin>; faults: Fault[] }> {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const faults: Fault[] = [];
  const known = () => ({ environment, ...values }) as unknown as Known;
  for (const key of KEYS) {
    const own = candidates.filter((candidate) => candidate.key === key);
    const lists = joinedFlags(own);
    for (const [index, candidate] of lists.entries()) {
      const first = index === 0;
      if (candidate.given.as === "secret file" && !first) continue;
      const origin = describeOrigin(candidate.origin, cwd);
      const value = await refusable(faults, `${key} from ${origin}`, () => read(candidate));
      if (!first) continue;
      values[key] = value;
      origins[key] = candidate.origin;
    }
    // After a fault nothing is used, and a default may depend on what is faulty.
    if (lists.length > 0 || faults.length > 0) continue;
    values[key] = await refusable(faults, key, () => row(key).default(known()));
    origins[key] = { from: "default" };
  }
  // Each row was read by the kind that gives it its type; faults make the caller throw.
  return { settings: values as Settings, origins: origins as Record<Key, Origin>, faults };
}

/** Repeated flags of a list become one candidate; of anything else only the last one counts. */
function joinedFlags(own: readonly Candidate[]): readonly Candidate[] {
  const flags = own.filter(({ origin }) => origin.from === "flag");
  const [last] = flags;
  if (last === undefined || flags.length < 2 || row(last.key).kind.repeats !== true) return own;
  const texts = flags.map(({ given }) => given.as === "text" ? given.text : "").toReversed();
  const joined = { ...last, given: { as: "text", text: texts.join(",") } } as const;
  return [joined, ...own.filter(({ origin }) => origin.from !== "flag")];
}

async function read({ key, given, base }: Candidate): Promise<unknown> {
  const { kind } = row(key);
  switch (given.as) {
    case "text":
      return kind.parse(given.text, base);
    case "json":
      return kind.accept(given.value, base);
    case "secret file": {
      if (typeof given.path !== "string" || given.path === "") {
        throw new Refused("it is not the path of a file");
      }
      const content = await readSmallText(resolve(base, given.path));
      if (content.state === "absent") throw new Refused("there is no such file");
      if (content.state !== "read") throw new Refused(content.why);
      return kind.parse(content.text.replace(/\r?\n$/, ""), base);
    }
  }
}

async function refusable(
  faults: Fault[],
  what: string,
  attempt: () => unknown,
): Promise<unknown> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    faults.push(fault(`Cannot set ${what}: ${error.message}`, error.hint));
    return undefined;
  }
}
