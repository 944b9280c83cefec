/** The two Python programs, which share nothing with chatnode. */
import { join } from "node:path";
import { capture } from "../../../tasks/program.ts";

/** Debian's own: it finds `python3-cryptography`. */
const PYTHON = "/usr/bin/python3";
const FOLDER = import.meta.dirname ?? ".";

/** What the strict reader found. */
export interface Reading {
  readonly rooms: Readonly<Record<string, number>>;
  readonly events: number;
  /** Events that heads carry and no file holds. */
  readonly ahead: number;
  readonly faults: readonly { readonly place: string; readonly rule: string }[];
}

/** Reads a base strictly. @param keys folders of device records beside those of the base */
export async function readStrictly(base: string, keys: readonly string[]): Promise<Reading> {
  const flags = keys.flatMap((folder) => ["--keys", folder]);
  const script = join(FOLDER, "strict_reader.py");
  const { code, stdout, stderr } = await capture(PYTHON, [script, base, ...flags]);
  if (code > 1 || stderr !== "") throw new Error(`the strict reader failed: ${stderr}`);
  return JSON.parse(stdout) as Reading;
}

/** Writes a base as the reference client does; the public key, base64. */
export async function writeAsReference(
  out: string,
  flags: Readonly<Record<string, string>>,
): Promise<string> {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const script = join(FOLDER, "reference_writer.py");
  const { code, stdout, stderr } = await capture(PYTHON, [script, out, ...args]);
  if (code !== 0) throw new Error(`the writer failed: ${stderr}`);
  return stdout.trim();
}
