import { join } from "node:path";
import { makePrivateFolder, replaceFile } from "../files.ts";
import { decodeChecked, encodeChecked } from "../checked_json.ts";
import { nodeName } from "../config/forms.ts";
import { ChatnodeError } from "../errors.ts";

/** Bytes of chance in a name that is made up. */
const RANDOM_BYTES = 3;

/**
 * The node's name, the part of its addresses after `@`: the one that is set, else the one kept in
 * `<data>/node.json`, else a new one, `node-` and six hex digits. It is kept from then on.
 *
 * @throws {ChatnodeError} `node/name` when the file holds no name
 */
export async function settleNodeName(
  data: string,
  set: string | undefined,
  random: (count: number) => Uint8Array,
): Promise<string> {
  await makePrivateFolder(data);
  const path = join(data, "node.json");
  const kept = await readName(path);
  const name = set ?? kept ?? `node-${random(RANDOM_BYTES).toHex()}`;
  if (name !== kept) {
    await replaceFile(path, new TextEncoder().encode(encodeChecked({ name })));
  }
  return name;
}

async function readName(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const file = decodeChecked(text.trimEnd()) as { readonly name?: unknown } | undefined;
    return nodeName().accept(file?.name, ".");
  } catch {
    throw new ChatnodeError("node/name", `Cannot use ${path}: it holds no node's name`, {
      hint: "Restore it from a backup, or set the name with --name.",
    });
  }
}
