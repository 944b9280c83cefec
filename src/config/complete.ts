/**
 * Settings for programs that embed a node: given as values, not read from anywhere.
 *
 * @module
 */
import { type Fault, fault, SettingsError } from "./faults.ts";
import { Refused } from "./kinds.ts";
import { contradictions } from "./rules.ts";
import { KEYS, type Settings } from "./schema.ts";
import { Secret } from "./secret.ts";
import type { Known } from "./setting.ts";
import { row } from "./spelling.ts";

/**
 * Some settings, completed by the defaults of the others and checked as if they had been read. No
 * file and no environment variable is looked at.
 *
 * @throws {SettingsError} with everything that is wrong
 */
export function completeSettings(
  given: Partial<Settings> & Pick<Settings, "data">,
): Settings {
  const values: Record<string, unknown> = {};
  const faults: Fault[] = [];
  const base = Deno.cwd();
  const known = () => ({ environment: { get: () => undefined }, ...values }) as unknown as Known;
  for (const key of KEYS) {
    const { kind, default: fallback } = row(key);
    const value = given[key];
    try {
      if (value === undefined) values[key] = fallback(known());
      else if (value instanceof Secret) values[key] = kind.parse(value.reveal(), base);
      else values[key] = kind.accept(kind.json(value), base);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      faults.push(fault(`Cannot set ${key}: ${error.message}`, error.hint));
    }
  }
  // Each value went through the kind that gives it its type.
  const settings = values as unknown as Settings;
  if (faults.length === 0) faults.push(...contradictions(settings));
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}
