/**
 * Settings as text, with where each came from. Secrets are masked.
 *
 * @module
 */
import { visible } from "../text.ts";
import type { Loaded } from "./load.ts";
import type { Origin } from "./origin.ts";
import { type Key, KEYS } from "./schema.ts";
import { row, spelling } from "./spelling.ts";

/** How the source of a value is named. */
export type Describe = (origin: Origin) => string;

/**
 * All settings in the form of `chatnode.jsonc`: loading it gives the same values, but for secrets
 * and settings without a value, which stand in comments.
 */
export function printJsonc(loaded: Loaded, describe: Describe): string {
  const lines = KEYS.map((key) => {
    const value = loaded.settings[key];
    const source = visible(describe(loaded.origins[key]));
    const { defaultWords } = row(key);
    const { secret, fileKey } = spelling(key);
    if (value === undefined) return `  // "${fileKey}": not set (${defaultWords})`;
    if (secret) return `  // "${fileKey}": set, not shown // ${source}`;
    return `  "${key}": ${JSON.stringify(row(key).kind.json(value))}, // ${source}`;
  });
  return `{\n${lines.join("\n")}\n}\n`;
}

/** All settings as one JSON object: `{key: {value, origin, from}}`; null for none. */
export function printJson(loaded: Loaded, describe: Describe): string {
  const shown = (key: Key) => {
    const value = loaded.settings[key];
    return value === undefined ? null : row(key).kind.json(value);
  };
  const object = Object.fromEntries(
    KEYS.map((key) => {
      const origin = loaded.origins[key];
      return [key, { value: shown(key), origin: describe(origin), from: origin.from }];
    }),
  );
  return `${JSON.stringify(object, undefined, 2)}\n`;
}
