/**
 * The name of the numbering of offsets.
 *
 * @module
 */
import type { Logger } from "../log.ts";
import { replaceFile } from "../files.ts";
import { type Layout, readIfThere } from "./layout.ts";
import type { Random } from "./random.ts";

/** The epoch of a data folder; made when there is none yet. */
export async function loadEpoch(layout: Layout, random: Random, logger: Logger): Promise<string> {
  const bytes = await readIfThere(layout.identity);
  if (bytes === undefined) return await renewEpoch(layout, random);
  const known = readEpoch(new TextDecoder().decode(bytes));
  if (known !== undefined) return known;
  logger.error("Cannot read {file}: clients fetch anew instead of resuming", {
    file: layout.relative(layout.identity),
  });
  return await renewEpoch(layout, random);
}

/** Gives the data folder a new epoch: what an offset named before, it does not name any more. */
export async function renewEpoch(layout: Layout, random: Random): Promise<string> {
  const epoch = random.uuid();
  const text = `${JSON.stringify({ version: 1, epoch })}\n`;
  await replaceFile(layout.identity, new TextEncoder().encode(text));
  return epoch;
}

/** The epoch that a file `history.json` holds, if any. */
export function readEpoch(text: string): string | undefined {
  try {
    const { epoch } = JSON.parse(text);
    return typeof epoch === "string" && epoch !== "" ? epoch : undefined;
  } catch {
    return undefined;
  }
}
