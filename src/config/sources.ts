/**
 * The sources of settings, each turned into candidates: a key, a value as it was written, and where
 * that was. `load.ts` decides which of them counts.
 *
 * @module
 */
import { dirname } from "node:path";
import { visible } from "../text.ts";
import type { Assignment } from "./dotenv.ts";
import { type Fault, fault } from "./faults.ts";
import type { Entry } from "./file.ts";
import { ENVIRONMENT_PREFIX, nearest } from "./names.ts";
import { describeOrigin, type Origin } from "./origin.ts";
import type { Key } from "./schema.ts";
import { type Spelling, SPELLINGS } from "./spelling.ts";

/** A flag of the table as it was given: `--no-search` is the text `false`. */
export interface GivenFlag {
  readonly key: Key;
  /** As typed, without the value. */
  readonly flag: string;
  readonly text: string;
}

/** A value that some source gives for a key. */
export interface Candidate {
  readonly key: Key;
  readonly origin: Origin;
  /** Relative paths are taken from here. */
  readonly base: string;
  readonly given:
    | { readonly as: "text"; readonly text: string }
    | { readonly as: "json"; readonly value: unknown }
    /** The path of a file that holds the value; secrets only. */
    | { readonly as: "secret file"; readonly path: unknown };
}

/** What one source gives, and what in it is wrong. */
export interface Source {
  readonly candidates: readonly Candidate[];
  readonly faults: readonly Fault[];
}

/** Environment names that begin like a setting's and are none, with what they do. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  CHATNODE_CONFIG: "Path of the settings file, as --config.",
  CHATNODE_TOKEN: "Token with which `chatnode client` comes in.",
  CHATNODE_CACHE: "Folder that the self-extracting executable unpacks itself into.",
};

/** Candidates from the command line, in the order given. */
export function fromFlags(flags: readonly GivenFlag[], cwd: string): Source {
  const candidates = flags.map(({ key, flag, text }): Candidate => ({
    key,
    origin: { from: "flag", name: flag },
    base: cwd,
    given: isSecret(key) ? { as: "secret file", path: text } : { as: "text", text },
  }));
  return { candidates, faults: [] };
}

/** Candidates from the real environment. A variable that is empty counts as absent. */
export function fromEnvironment(
  variables: Readonly<Record<string, string>>,
  cwd: string,
): Source {
  return fromVariables(
    new Map(Object.entries(variables)),
    cwd,
    (name) => ({ from: "environment", name }),
  );
}

/** Candidates from the assignments of the `.env` file `path`. */
export function fromDotenv(
  assignments: ReadonlyMap<string, Assignment>,
  path: string,
): Source {
  return fromVariables(
    new Map([...assignments].map(([name, { value }]) => [name, value])),
    dirname(path),
    (name) => ({ from: "dotenv", name, path, line: assignments.get(name)?.line ?? 0 }),
  );
}

function fromVariables(
  variables: ReadonlyMap<string, string>,
  base: string,
  originOf: (name: string) => Origin,
): Source {
  const candidates: Candidate[] = [];
  const known = new Set(Object.keys(OTHER_NAMES));
  for (const spelled of SPELLINGS) {
    for (const name of spelled.environment) {
      known.add(name);
      const text = variables.get(name) ?? "";
      if (text === "") continue;
      const given = { as: "text", text } as const;
      candidates.push({ key: spelled.key, origin: originOf(name), base, given });
    }
    const { environmentFile: name } = spelled;
    if (name === undefined) continue;
    known.add(name);
    const path = variables.get(name) ?? "";
    if (path === "") continue;
    const given = { as: "secret file", path } as const;
    candidates.push({ key: spelled.key, origin: originOf(name), base, given });
  }
  const faults = [...variables.keys()]
    .filter((name) => name.startsWith(ENVIRONMENT_PREFIX) && !known.has(name))
    .map((name) => unknownVariable(name, originOf(name), known, base));
  return { candidates, faults };
}

function unknownVariable(
  name: string,
  origin: Origin,
  known: ReadonlySet<string>,
  base: string,
): Fault {
  const meant = nearest(name, known);
  const where = origin.from === "environment"
    ? `${visible(name)} from the environment`
    : describeOrigin(origin, base);
  return fault(
    `Cannot use ${where}: no setting has that name`,
    meant === undefined ? "chatnode config print shows every setting." : `Did you mean ${meant}?`,
  );
}

/** Candidates from the settings file `path`; `name` is how errors call it. */
export function fromFile(entries: readonly Entry[], path: string, name: string): Source {
  const candidates: Candidate[] = [];
  const faults: Fault[] = [];
  for (const { key: written, value, line, column } of entries) {
    const spelled = SPELLINGS.find(({ fileKey }) => fileKey === written);
    if (spelled === undefined) {
      faults.push(unknownKey(written, `${name}:${line}:${column}`));
      continue;
    }
    candidates.push({
      key: spelled.key,
      origin: { from: "file", path, line, column },
      base: dirname(path),
      given: spelled.secret ? { as: "secret file", path: value } : { as: "json", value },
    });
  }
  return { candidates, faults };
}

function unknownKey(written: string, where: string): Fault {
  const shown = visible(written.slice(0, 60));
  const secret = SPELLINGS.find(({ key, secret }) => secret && key === written);
  if (secret !== undefined) {
    return fault(
      `Cannot set ${shown} from ${where}: a secret does not belong in the settings file`,
      `Put it in a file of its own and name that in ${secret.fileKey}.`,
    );
  }
  const meant = nearest(written, SPELLINGS.map(({ fileKey }) => fileKey));
  return fault(
    `Cannot set "${shown}" from ${where}: no setting has that name`,
    meant === undefined ? "chatnode config print shows every setting." : `Did you mean ${meant}?`,
  );
}

function isSecret(key: Key): boolean {
  return SPELLINGS.some((spelled: Spelling) => spelled.key === key && spelled.secret);
}
