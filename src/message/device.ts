/**
 * Device records: who signs. A record binds a device's public key to a node, or to some senders of
 * it, and is signed with that very key, so nobody can claim a key they do not have; whether to trust it is for the reader, who
 * pins what was seen first.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical.ts";
import { MessageError } from "./error.ts";
import type { ReasonOf } from "./error.ts";
import type { Address, Json, JsonObject } from "./event.ts";
import { LIMITS } from "./event.ts";
import { plainObject, readJsonObject } from "./json.ts";
import { nameFault } from "./name.ts";
import type { SigningKey } from "./signature.ts";
import { VerifyingKey } from "./signature.ts";

/** What a device says of itself, keys in the order in which they are written. */
export interface DeviceRecord {
  /** {@linkcode deviceId} of the key. */
  readonly device: string;
  /** Ed25519, 32 raw bytes, base64. */
  readonly public_key: string;
  /** ISO 8601 in UTC with milliseconds, `2026-01-31T12:00:00.000Z`. */
  readonly created_at: string;
  /** Name of the node that the device belongs to; it signs for everybody there. */
  readonly node: string;
  /** A person's device signs for exactly these senders, and for nobody else of its node. */
  readonly senders?: readonly Address[];
  /** base64 Ed25519 of `public_key` over the canonical form of the other keys. */
  readonly signature: string;
}

const RECORD_LENGTH = 4096;
/** Senders that one record may name. */
export const MOST_SENDERS = 8;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * The id of a device: the first 80 bits of its public key's SHA-256 in base32 (RFC 4648), 16 lower
 * case letters and digits. It follows from the key, so two devices never share one and a record
 * cannot claim another's.
 *
 * @throws {MessageError} `key/form`, `key/weak`
 */
export function deviceId(publicKey: string): string {
  const key = new VerifyingKey(publicKey);
  const digest = createHash("sha256").update(key.publicKey, "base64").digest();
  let id = "";
  for (let block = 0; block < 10; block += 5) {
    // Five bytes are eight letters; 40 bits are exact in a double.
    let bits = digest.readUIntBE(block, 5);
    let letters = "";
    for (let letter = 0; letter < 8; letter++) {
      letters = BASE32.charAt(bits % 32) + letters;
      bits = Math.floor(bits / 32);
    }
    id += letters;
  }
  return id;
}

/**
 * Signs the record of a new device.
 *
 * @param now milliseconds since the epoch
 * @param senders for a person's device: 1 to {@linkcode MOST_SENDERS} addresses
 * @throws {MessageError} `device/form` for senders that no record may name
 */
export function createDeviceRecord(
  key: SigningKey,
  node: string,
  now: number,
  senders?: readonly Address[],
): DeviceRecord {
  const record = {
    device: deviceId(key.publicKey),
    public_key: key.publicKey,
    created_at: new Date(now).toISOString(),
    node,
    ...(senders === undefined ? {} : { senders: checkedSenders(senders) }),
  };
  return { ...record, signature: key.sign(canonicalJson(record)) };
}

/** The record as one line of JSON, without LF. Public. */
export function encodeDeviceRecord(record: DeviceRecord): string {
  const { device, public_key, created_at, node, senders, signature } = record;
  // An absent list is left out.
  return JSON.stringify({ device, public_key, created_at, node, senders, signature });
}

/**
 * Reads and verifies a record. Keys unknown to us are part of what was signed and then left out.
 *
 * @throws {MessageError} `json/...`; `key/form`; `key/weak`; `device/form`; `device/id` when the id
 *   is not that of the key; `device/signature`
 */
export function parseDeviceRecord(text: string): DeviceRecord {
  const { signature, ...signed } = plainObject(readJsonObject(text, { length: RECORD_LENGTH }));
  const record: DeviceRecord = {
    device: field(signed, "device"),
    public_key: field(signed, "public_key"),
    created_at: field(signed, "created_at"),
    node: field(signed, "node"),
    ...(signed["senders"] === undefined ? {} : { senders: checkedSenders(signed["senders"]) }),
    signature: field({ signature }, "signature"),
  };
  if (nameFault(record.node) !== undefined) throw fault("form", "its node is not a usable name");
  if (!isInstant(record.created_at)) throw fault("form", "its time is not ISO 8601 in UTC");
  if (record.device !== deviceId(record.public_key)) {
    throw fault("id", "its id is not that of its key");
  }
  const key = new VerifyingKey(record.public_key);
  if (!key.verify(canonicalJson(signed), record.signature)) {
    throw fault("signature", "its signature does not fit");
  }
  return record;
}

function field(record: JsonObject, key: keyof DeviceRecord): string {
  const value = record[key];
  if (typeof value === "string" && value.length <= LIMITS.nameBytes) return value;
  throw fault("form", `its ${key} is not a short string`);
}

function checkedSenders(value: Json): readonly Address[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MOST_SENDERS;
  if (!isList || new Set(value).size !== value.length) {
    throw fault("form", `its senders are not a list of 1 to ${MOST_SENDERS} different ones`);
  }
  return value.map((sender: Json) => {
    if (typeof sender === "string" && nameFault(sender) === undefined) return sender;
    throw fault("form", "one of its senders is not a usable name");
  });
}

function isInstant(text: string): boolean {
  const time = Date.parse(text);
  return Number.isFinite(time) && new Date(time).toISOString() === text;
}

function fault(reason: ReasonOf<"device">, state: string): MessageError {
  return new MessageError(`device/${reason}`, `Cannot accept the device record: ${state}`);
}
