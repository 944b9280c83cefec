/**
 * Checks what stands around the events: catalog, epoch, keys, the rooms' descriptions, and files
 * that nobody knows.
 *
 * @module
 */
import { join } from "node:path";
import { ChatnodeError } from "../errors.ts";
import { deviceId, parseDeviceRecord } from "../message/device.ts";
import { decodeFileName } from "../message/file_name.ts";
import type { CatalogRoom, CatalogState } from "./catalog_state.ts";
import { decodeChecked } from "../checked_json.ts";
import { readEpoch } from "./epoch.ts";
import { decodeKey } from "./keys.ts";
import { isFolderLocked } from "./lock.ts";
import { type Layout, listNames, readIfThere } from "./layout.ts";
import { parseSegmentName, type SegmentName } from "./segments.ts";
import type { VerifyReport } from "./verify_report.ts";

/** Every line of the catalog by itself, so that a fault is named where it stands. */
export async function verifyCatalog(layout: Layout, report: VerifyReport): Promise<void> {
  const file = "history/catalog.jsonl";
  const bytes = await readIfThere(layout.catalog);
  if (bytes === undefined) {
    report.add({ file, code: "verify/lost", state: "the file is missing" });
    return;
  }
  // What follows the last LF counts for nothing: a write that was cut off, or is under way.
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const lines = new TextDecoder().decode(whole).split("\n").slice(0, -1);
  lines.forEach((text, index) => {
    if (decodeChecked(text) !== undefined) return;
    const state = "the line's checksum does not fit";
    report.add({ file, line: index + 1, code: "verify/checksum", state });
  });
  if (whole.length === bytes.length || isFolderLocked(layout.root)) return;
  const state = "the last line was cut off; what it said is done again";
  report.add({ file, line: lines.length + 1, code: "verify/torn", state });
}

/** The epoch, the device's key and every public record. */
export async function verifyKeys(layout: Layout, report: VerifyReport): Promise<void> {
  const epoch = await readIfThere(layout.identity);
  if (epoch === undefined || readEpoch(new TextDecoder().decode(epoch)) === undefined) {
    const state = epoch === undefined ? "the file is missing" : "it holds no epoch";
    report.add({ file: "history/history.json", code: "verify/epoch", state });
  }
  for (const name of await listNames(layout.keys)) {
    const state = await keyFault(layout, name);
    if (state !== undefined) report.add({ file: `keys/${name}`, code: "verify/key", state });
  }
}

async function keyFault(layout: Layout, name: string): Promise<string | undefined> {
  const path = join(layout.keys, name);
  try {
    if (name === "device.pem") {
      const id = deviceId(decodeKey(await Deno.readTextFile(path)).publicKey);
      const record = await readIfThere(join(layout.keys, `${id}.json`));
      return record === undefined ? "its public record is missing" : undefined;
    }
    if (!name.endsWith(".json")) return undefined;
    const record = parseDeviceRecord((await Deno.readTextFile(path)).trim());
    return `${record.device}.json` === name ? undefined : "it is the record of another device";
  } catch (error) {
    // Only the owner may read the private key; that is no fault of the file.
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    if (error instanceof ChatnodeError) return `it cannot be read (${error.code})`;
    throw error;
  }
}

/**
 * The rooms' folders: each `metadata.json`, and segments that the catalog does not know.
 *
 * @param unfinished whether a file may be part of a sealing that is under way or will be done again
 */
export async function verifyFolders(
  layout: Layout,
  catalog: CatalogState,
  unfinished: (file: SegmentName) => boolean,
  report: VerifyReport,
): Promise<void> {
  for (const folder of await listNames(layout.rooms)) {
    await verifyMetadata(layout, folder, catalog, report);
    const logs = join(layout.rooms, folder, "logs");
    for (const day of await listNames(logs)) {
      for (const name of await listNames(join(logs, day))) {
        const path = join("rooms", folder, "logs", day, name);
        if (isKnown(catalog, path) || name.endsWith(".new")) continue;
        const parsed = parseSegmentName(name);
        if (parsed !== undefined && unfinished(parsed)) continue;
        const state = "the catalog does not know the file";
        report.add({ file: `history/${path}`, code: "verify/unknown-file", state });
      }
    }
  }
}

function isKnown(catalog: CatalogState, path: string): boolean {
  if (catalog.superfluous.has(path)) return true;
  return roomIn(catalog, path.split("/")[1] ?? "")?.segments.has(path) ?? false;
}

/** The room of a folder as the catalog knows it. */
function roomIn(catalog: CatalogState, folder: string): CatalogRoom | undefined {
  try {
    return catalog.rooms.get(decodeFileName(folder));
  } catch {
    return undefined;
  }
}

async function verifyMetadata(
  layout: Layout,
  folder: string,
  catalog: CatalogState,
  report: VerifyReport,
): Promise<void> {
  const file = `history/rooms/${folder}/metadata.json`;
  const bytes = await readIfThere(join(layout.rooms, folder, "metadata.json"));
  const add = (state: string) => report.add({ file, line: 1, code: "verify/metadata", state });
  if (bytes === undefined) {
    // A room's first sealing writes it after the segments and before the catalog.
    if (roomIn(catalog, folder) !== undefined) add("the file is missing");
    return;
  }
  try {
    const metadata = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (metadata?.room_id !== decodeFileName(folder)) add("it describes another room");
    else if (Number.isNaN(Date.parse(metadata.created_at)) || metadata.version !== "1.0") {
      add("its time or its version is not what a room has");
    }
  } catch {
    add("it is no JSON");
  }
}
