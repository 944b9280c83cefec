/**
 * Every name of every setting, both ways. Secrets are spelled differently: a value stands in the
 * environment alone, everywhere else stands the path of a file that holds it.
 *
 * @module
 */
import { environmentName, flagName } from "./names.ts";
import { type Key, KEYS, SETTINGS } from "./schema.ts";
import type { Setting } from "./setting.ts";

/** How one setting is written in each source. */
export interface Spelling {
  readonly key: Key;
  /** With its dashes. */
  readonly flag: string;
  /** For booleans: `--no-x`. */
  readonly negatedFlag: string | undefined;
  /** Environment names that hold the value, the setting's own first. */
  readonly environment: readonly string[];
  /** The environment name that holds the path of a file with the value; secrets only. */
  readonly environmentFile: string | undefined;
  /** The key in `chatnode.jsonc`. */
  readonly fileKey: string;
  readonly secret: boolean;
}

/** The row of `key`, with a value type that nobody has to know. */
export function row(key: Key): Setting<unknown> {
  return SETTINGS[key];
}

/** The spelling of `key`. */
export function spelling(key: Key): Spelling {
  const { kind, aliases } = row(key);
  const secret = kind.secret === true;
  const pathKey = `${key}File`;
  return {
    key,
    flag: `--${flagName(secret ? pathKey : key)}`,
    negatedFlag: kind.placeholder === "" ? `--no-${flagName(key)}` : undefined,
    environment: [environmentName(key), ...aliases ?? []],
    environmentFile: secret ? environmentName(pathKey) : undefined,
    fileKey: secret ? pathKey : key,
    secret,
  };
}

/** All spellings in the table's order. */
export const SPELLINGS: readonly Spelling[] = KEYS.map(spelling);
