/**
 * Tells whether a stored line is what its writer signed, for when a file's checksum does not fit.
 *
 * @module
 */
import { decodeEvent } from "../message/line.ts";
import { VerifyingKey } from "../message/signature.ts";
import { parseSegmentName, type SegmentInfo } from "./segments.ts";
import type { LineCheck } from "./segment_lines.ts";

/**
 * Chooses the check of a segment by its writer. `publicKeys`: of the devices that are known, base64
 * by device id.
 */
export function lineChecks(
  publicKeys: ReadonlyMap<string, string>,
): (info: SegmentInfo) => LineCheck {
  return ({ path }) => {
    const writer = parseSegmentName(path.slice(path.lastIndexOf("/") + 1))?.writer ?? "";
    const publicKey = publicKeys.get(writer);
    return publicKey === undefined ? foreignLineCheck : ownLineCheck(publicKey);
  };
}

/**
 * The check of lines that were signed with the key `publicKey`, base64: an event of our own whose
 * signature does not fit is not served.
 */
function ownLineCheck(publicKey: string): LineCheck {
  const key = new VerifyingKey(publicKey);
  return (json) => {
    const line = decodeOrNothing(json);
    const signature = line?.event.signature ?? undefined;
    if (line === undefined || signature === undefined) return false;
    return key.verify(line.canonical("null"), signature);
  };
}

/** The check of other writers' lines, whose keys the history does not know: they must be events. */
function foreignLineCheck(json: string): boolean {
  return decodeOrNothing(json) !== undefined;
}

function decodeOrNothing(json: string): ReturnType<typeof decodeEvent> {
  try {
    return decodeEvent(json);
  } catch {
    return undefined;
  }
}
