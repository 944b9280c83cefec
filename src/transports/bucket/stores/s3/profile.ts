/**
 * The files that Amazon's tools keep in `~/.aws`: profiles with credentials and settings.
 *
 * @module
 */
import { join } from "node:path";
import { variable, type World } from "../world.ts";

/** The settings of one profile that matter here; everything else in it is kept as it is. */
export interface ProfileSettings {
  readonly name: string;
  readonly region?: string;
  readonly endpoint?: string;
  /** Keys in lower case. */
  readonly values: Readonly<Record<string, string>>;
}

/** Sections of a file, keys in lower case. A line that is none of it is skipped. */
export function parseIni(text: string): Map<string, Record<string, string>> {
  const sections = new Map<string, Record<string, string>>();
  let section: Record<string, string> | undefined;
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]\s*(?:[#;].*)?$/.exec(line);
    if (header !== null) {
      const name = (header[1] ?? "").trim().replace(/\s+/g, " ");
      section = sections.get(name) ?? Object.create(null) as Record<string, string>;
      sections.set(name, section);
      continue;
    }
    // Indented lines belong to a nested setting.
    const entry = /^([A-Za-z0-9_.-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (entry === null || section === undefined) continue;
    section[(entry[1] ?? "").toLowerCase()] = (entry[2] ?? "").replace(/\s+[#;].*$/, "");
  }
  return sections;
}

/**
 * The profile `wanted`, else that of `AWS_PROFILE`, else `default`, from the files that
 * `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` or custom name. The credentials file counts
 * more. A profile that is nowhere has no values.
 */
export async function readProfile(
  world: Pick<World, "environment" | "readFile">,
  wanted?: string,
): Promise<ProfileSettings> {
  const name = wanted ?? variable(world, "AWS_PROFILE") ??
    variable(world, "AWS_DEFAULT_PROFILE") ?? "default";
  const config = await section(world, "AWS_CONFIG_FILE", "config", [`profile ${name}`, name]);
  const secrets = await section(world, "AWS_SHARED_CREDENTIALS_FILE", "credentials", [name]);
  const values = { ...config, ...secrets };
  return {
    name,
    values,
    ...(values.region === undefined ? {} : { region: values.region }),
    ...(values.endpoint_url === undefined ? {} : { endpoint: values.endpoint_url }),
  };
}

async function section(
  world: Pick<World, "environment" | "readFile">,
  setting: string,
  file: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  const home = variable(world, "HOME") ?? variable(world, "USERPROFILE");
  const path = variable(world, setting) ?? (home && join(home, ".aws", file));
  const text = path === undefined ? undefined : await world.readFile(path);
  const sections = parseIni(text ?? "");
  // `[default]` needs no `profile` before it, any other has it.
  const found = names.find((name) => sections.has(name));
  return found === undefined ? {} : sections.get(found) ?? {};
}
