/**
 * The device of a data folder: its private key, which nobody else is shown, and the public record
 * that says whose signatures it makes. Both are made on first use, in `<data>/keys/`.
 *
 * @module
 */
import { join } from "node:path";
import type { DeviceRecord } from "../message/device.ts";
import {
  createDeviceRecord,
  deviceId,
  encodeDeviceRecord,
  parseDeviceRecord,
} from "../message/device.ts";
import { MessageError } from "../message/error.ts";
import type { Address } from "../message/event.ts";
import { SigningKey } from "../message/signature.ts";
import { HistoryError } from "./errors.ts";
import { replaceFile, syncFolder } from "../files.ts";
import { type Layout, listNames, readIfThere } from "./layout.ts";
import type { Random } from "./random.ts";

/** This data folder's device. */
export interface Device {
  /** The id that stands in its events and in the names of its segments. */
  readonly id: string;
  readonly key: SigningKey;
  /** What everybody may know. Lies at `keys/<id>.json`. */
  readonly record: DeviceRecord;
}

/** What a new device's record says. */
export interface DeviceOrigin {
  readonly random: Random;
  /** Name of the node. */
  readonly node: string;
  /** A person's device signs for exactly these. */
  readonly senders?: readonly Address[] | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The device of a data folder.
 *
 * @throws {HistoryError} `history/corrupt` when a key is there but cannot be read: a new one would
 *   sign under another name from one day to the next, without anybody having asked for it
 */
export async function openDevice(layout: Layout, origin: DeviceOrigin): Promise<Device> {
  await Deno.mkdir(layout.keys, { recursive: true, mode: 0o700 });
  const keyPath = join(layout.keys, "device.pem");
  const key = await openKey(keyPath, origin.random);
  const fresh = createDeviceRecord(key, origin.node, origin.now, origin.senders);
  const recordPath = join(layout.keys, `${fresh.device}.json`);
  const known = readRecord(await readIfThere(recordPath));
  if (known?.device === fresh.device) return { id: known.device, key, record: known };
  await writeRecord(recordPath, fresh);
  return { id: fresh.device, key, record: fresh };
}

async function openKey(path: string, random: Random): Promise<SigningKey> {
  const pem = await readIfThere(path);
  if (pem === undefined) {
    const key = SigningKey.generate(random.fill);
    await replaceFile(path, new TextEncoder().encode(encodeKey(key)));
    return key;
  }
  try {
    return decodeKey(new TextDecoder().decode(pem));
  } catch (cause) {
    throw new HistoryError("history/corrupt", `Cannot open ${path}: it is no device key`, {
      hint: "Restore the folder keys/ from a backup",
      cause,
    });
  }
}

/**
 * The device that takes the place of a data folder's: its key lies beside until
 * {@linkcode changeDevice}, so that others can be told of it first. Asked for again, it is the same.
 *
 * @throws {HistoryError} `history/corrupt`
 */
export async function prepareDevice(layout: Layout, origin: DeviceOrigin): Promise<Device> {
  const key = await openKey(nextPath(layout), origin.random);
  const record = createDeviceRecord(key, origin.node, origin.now, origin.senders);
  return { id: record.device, key, record };
}

/**
 * Puts the device that was prepared in the place of the old one, whose private key is gone then.
 * The history must be closed, and everything in it sealed: nobody can sign for the old one any
 * more. The old one's public record stays.
 */
export async function changeDevice(layout: Layout, { id, record }: Device): Promise<void> {
  await writeRecord(join(layout.keys, `${id}.json`), record);
  await Deno.rename(nextPath(layout), join(layout.keys, "device.pem"));
  await syncFolder(layout.keys);
}

async function writeRecord(path: string, record: DeviceRecord): Promise<void> {
  const text = `${encodeDeviceRecord(record)}\n`;
  await replaceFile(path, new TextEncoder().encode(text), 0o644);
}

function nextPath(layout: Layout): string {
  return join(layout.keys, "next.pem");
}

/**
 * The key's file: PEM, before it a line that says which device it makes, as RFC 7468 section 5.2
 * allows. Nearly every flipped bit makes a good key of another device.
 */
function encodeKey(key: SigningKey): string {
  return `${DEVICE}${deviceId(key.publicKey)}\n${key.export()}`;
}

/** @throws {MessageError} `key/form`; a key without that line comes from elsewhere and is taken */
export function decodeKey(text: string): SigningKey {
  if (!text.startsWith(DEVICE)) return SigningKey.fromPem(text);
  const end = text.indexOf("\n");
  const key = SigningKey.fromPem(text.slice(end + 1));
  if (deviceId(key.publicKey) === text.slice(DEVICE.length, end)) return key;
  throw new MessageError("key/form", "Cannot use the private key: it is another device's");
}

const DEVICE = "Device: ";

/** A record that cannot be read is written again: everything in it follows from the key. */
function readRecord(bytes: Uint8Array | undefined): DeviceRecord | undefined {
  try {
    return bytes && parseDeviceRecord(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** The public keys of the devices whose records lie in a data folder, base64 by device id. */
export async function readPublicKeys(layout: Layout): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const name of await listNames(layout.keys)) {
    if (!name.endsWith(".json")) continue;
    const record = readRecord(await readIfThere(join(layout.keys, name)));
    if (record !== undefined) keys.set(record.device, record.public_key);
  }
  return keys;
}

/** The device of a data folder as far as it may be read; nothing is made. */
export async function readDevice(layout: Layout): Promise<Device | undefined> {
  try {
    const key = decodeKey(await Deno.readTextFile(join(layout.keys, "device.pem")));
    const id = deviceId(key.publicKey);
    const record = readRecord(await readIfThere(join(layout.keys, `${id}.json`)));
    return record && { id, key, record };
  } catch {
    // Another user's key, or none: what is there can be read all the same.
    return undefined;
  }
}
