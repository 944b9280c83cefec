/**
 * The id of this installation for one account (XEP-0388): servers tell a person's programs apart by
 * it, and give tokens to it. It is made once and stays.
 *
 * @module
 */
import { join } from "node:path";
import { replaceFile } from "../../files.ts";
import { getLogger } from "../../log.ts";

/** The file in the account's folder; readable for its owner alone. */
const FILE = "installation";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const log = getLogger(["xmpp"]);

/**
 * The account's id, made on first use. Where it can be neither read nor kept it is one for this run:
 * whoever has it not only logs in as a new program would. The caller holds the folder: two programs
 * with one id would put each other out.
 *
 * @param uuid a random UUID (version 4)
 */
export async function installationOf(folder: string, uuid: () => string): Promise<string> {
  const path = join(folder, FILE);
  const kept = await Deno.readTextFile(path).catch(() => "");
  if (UUID.test(kept.trim())) return kept.trim();
  const made = uuid();
  try {
    await replaceFile(path, new TextEncoder().encode(`${made}\n`));
  } catch (error) {
    const code = error instanceof Error ? error.name : "unknown";
    log.warn("the id of this installation cannot be kept: {code}", { code });
  }
  return made;
}
