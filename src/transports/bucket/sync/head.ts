/**
 * A writer's head: a small signed object that is written anew with every flush and says what the
 * writer has stored. Whoever polls it learns of new objects with one conditional request, and sees
 * when something is withheld (a number that never comes) or an older state is shown (a version that
 * falls).
 *
 * @module
 */
import { canonicalJson } from "../../../message/canonical.ts";
import { deviceId } from "../../../message/device.ts";
import { MessageError } from "../../../message/error.ts";
import type { Json, JsonObject } from "../../../message/event.ts";
import { plainObject, readJsonObject } from "../../../message/json.ts";
import { type SigningKey, VerifyingKey } from "../../../message/signature.ts";
import { KEY_BYTES } from "../stores/contract.ts";
import { SyncError } from "./errors.ts";

/** Bytes of the largest head that is read. */
export const HEAD_BYTES = 512 * 1024;
/** Most objects that one head lists. */
export const MOST_LISTED = 1_000;
/** Most other writers whose versions one head tells. */
export const MOST_SEEN = 1_000;

/** Bytes of the lines that one head carries, about as many again when quoted, at the most. */
export const TAIL_BYTES = 128 * 1024;
/** Most lines that one head carries. */
export const TAIL_LINES = 1_000;

/** One object of a writer. */
export interface HeadEntry {
  /** 1, 2, 3, ... in the order in which the writer stored them. */
  readonly number: number;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** base64. */
  readonly sha256: string;
}

/** What a writer says of itself. */
export interface Head {
  readonly device: string;
  /** Grows with every head of the writer. */
  readonly version: number;
  /** How many objects the writer has stored: the number of the last one. */
  readonly count: number;
  /** The latest of them, ascending without holes, the last one with the number `count`. */
  readonly objects: readonly HeadEntry[];
  /** The versions of others' heads that the writer has taken in. */
  readonly seen: ReadonlyMap<string, number>;
  /** The latest events of the writer, in order: their lines as files will hold them. */
  readonly tail: readonly string[];
  /**
   * The key that a file of this tail would have, when more of it will be in a file before there is
   * another head: with the same beginning and another end. Only who lists finds that file in time.
   */
  readonly closing?: string;
}

const TYPE = "chatnode.head";
const SHA256 = /^[A-Za-z0-9+/]{43}=$/;
const DEVICE = /^[a-z2-7]{16}$/;

/** The bytes of a signed head. */
export function encodeHead(head: Head, key: SigningKey): Uint8Array<ArrayBuffer> {
  const { device, version, count, objects, seen, tail, closing } = head;
  const said = {
    // First, so that a head with more lines begins with the same bytes.
    ...(tail.length === 0 ? {} : { tail }),
    type: TYPE,
    device,
    public_key: key.publicKey,
    version,
    count,
    objects: objects.map(({ number, key, size, sha256 }) => ({ number, key, size, sha256 })),
    seen: Object.fromEntries(seen),
    ...(closing === undefined ? {} : { closing }),
  };
  const signature = key.sign(canonicalJson(said));
  return new TextEncoder().encode(`${JSON.stringify({ ...said, signature })}\n`);
}

/** What a head begins with that carries these lines and more, as {@linkcode encodeHead} makes it. */
export function headBeginning(tail: readonly string[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`{"tail":${JSON.stringify(tail).slice(0, -1)}`);
}

/**
 * Reads a head and verifies that the device signed it. The key proves itself: the id of a device
 * follows from its key. Whether the device is trusted is another question.
 *
 * @param device whose head it should be
 * @throws {SyncError} `sync/head`
 */
export function parseHead(bytes: Uint8Array, device: string): Head {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const { signature, ...said } = plainObject(readJsonObject(text, { length: HEAD_BYTES }));
    if (said["type"] !== TYPE || said["device"] !== device) throw fault("it is another's");
    const key = string(said["public_key"]);
    if (deviceId(key) !== device) throw fault("its key is another's");
    if (!new VerifyingKey(key).verify(canonicalJson(said), string(signature))) {
      throw fault("its signature does not fit");
    }
    return headOf(said, device);
  } catch (cause) {
    if (cause instanceof SyncError) throw cause;
    const state = cause instanceof MessageError
      ? `it has no sound form (${cause.code})`
      : "no text";
    throw fault(state, cause);
  }
}

function headOf(said: JsonObject, device: string): Head {
  const count = integer(said["count"]);
  const listed = said["objects"];
  if (!Array.isArray(listed) || listed.length > MOST_LISTED) throw fault("its list is none");
  const objects = listed.map((each: Json) => entryOf(each));
  for (const [index, { number }] of objects.entries()) {
    if (number !== count - objects.length + 1 + index) throw fault("its numbers have holes");
  }
  const closing = said["closing"];
  return {
    ...{ device, version: integer(said["version"]), count, objects },
    ...{ seen: seenOf(said["seen"]), tail: tailOf(said["tail"]) },
    ...(closing === undefined ? {} : { closing: keyOf(closing) }),
  };
}

/** Heads of older versions, and those of writers who have been quiet, carry none. */
function tailOf(value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > TAIL_LINES) throw fault("its lines are none");
  return value.map((each: Json) => string(each));
}

function keyOf(value: Json): string {
  const key = string(value);
  if (key.length > KEY_BYTES) throw fault("a key in it is none");
  return key;
}

function entryOf(value: Json): HeadEntry {
  if (!isObject(value)) throw fault("its list is none");
  const sha256 = string(value["sha256"]);
  if (!SHA256.test(sha256)) throw fault("its list is none");
  const size = integer(value["size"]);
  return { number: integer(value["number"]), key: keyOf(value["key"] ?? null), size, sha256 };
}

function seenOf(value: Json | undefined): Map<string, number> {
  if (!isObject(value)) throw fault("it does not say what it has seen");
  const entries = Object.entries(value);
  if (entries.length > MOST_SEEN) throw fault("it has seen too many");
  return new Map(entries.map(([device, version]) => {
    if (!DEVICE.test(device)) throw fault("it has seen what is no device");
    return [device, integer(version)];
  }));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function integer(value: Json | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw fault("a number in it is none");
}

function string(value: Json | undefined): string {
  if (typeof value === "string") return value;
  throw fault("a text in it is none");
}

function fault(state: string, cause?: unknown): SyncError {
  return new SyncError("sync/head", `Cannot use the head: ${state}`, { cause });
}
