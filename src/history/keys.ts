/**
 * The device key: made on first use, kept in `<data>/keys/`, never shown.
 *
 * @module
 */
import { join } from "node:path";
import { isDeviceId } from "../message/fields.ts";
import { SigningKey } from "../message/signature.ts";
import { HistoryError } from "./errors.ts";
import { type Layout, readIfThere, replaceFile } from "./layout.ts";
import type { Random } from "./random.ts";

/** This data folder's device. */
export interface Device {
  /** The id that stands in its events and in the names of its segments. */
  readonly id: string;
  readonly key: SigningKey;
}

/**
 * The device of a data folder.
 *
 * @throws {HistoryError} `history/corrupt` when a key is there but cannot be read: a new one would
 *   begin new chains under the old name
 */
export async function openDevice(layout: Layout, random: Random): Promise<Device> {
  await Deno.mkdir(layout.keys, { recursive: true, mode: 0o700 });
  const idPath = join(layout.keys, "device.json");
  const keyPath = join(layout.keys, "device.pem");
  const pem = await readIfThere(keyPath);
  if (pem === undefined) return await createDevice(idPath, keyPath, random);
  const text = await readIfThere(idPath);
  try {
    const { device } = JSON.parse(new TextDecoder().decode(text));
    if (!isDeviceId(device)) throw new TypeError("not a device id");
    return { id: device, key: SigningKey.fromPem(new TextDecoder().decode(pem)) };
  } catch (cause) {
    throw new HistoryError("history/corrupt", `Cannot open ${keyPath}: it is no device key`, {
      hint: "Restore the folder keys/ from a backup",
      cause,
    });
  }
}

async function createDevice(idPath: string, keyPath: string, random: Random): Promise<Device> {
  const bytes = new Uint8Array(8);
  random.fill(bytes);
  const id = `d${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const key = SigningKey.generate(random.fill);
  const record = { device: id, public_key: key.publicKey };
  const encoder = new TextEncoder();
  await replaceFile(idPath, encoder.encode(`${JSON.stringify(record)}\n`), 0o644);
  // Last, since its presence says that the device is complete.
  await replaceFile(keyPath, encoder.encode(key.export()));
  return { id, key };
}
