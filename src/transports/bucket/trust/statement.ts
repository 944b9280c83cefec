/**
 * What devices say of each other, as small signed objects: an endorsement (another device goes on
 * in my name) and a revocation (nothing of a device counts after a place).
 *
 * @module
 */
import { createHash } from "node:crypto";
import { chainOf } from "../../../message/chain.ts";
import { canonicalJson } from "../../../message/canonical.ts";
import { deviceId } from "../../../message/device.ts";
import type { Address, ChatEvent, Json, JsonObject, RoomId } from "../../../message/event.ts";
import { isDeviceId } from "../../../message/fields.ts";
import { plainObject, readJsonObject } from "../../../message/json.ts";
import { nameFault } from "../../../message/name.ts";
import type { SigningKey } from "../../../message/signature.ts";
import { STATEMENT_BYTES } from "./contract.ts";
import { TrustError } from "./errors.ts";

/** `by` says that `device` goes on in its name. */
export interface Endorsement {
  readonly kind: "endorsement";
  readonly device: string;
  /** The whole key, base64: an id is too short to stand for it alone. */
  readonly public_key: string;
  readonly by: string;
  /** ISO 8601. */
  readonly created_at: string;
  readonly signature: string;
}

/** The last good event of one chain of the revoked device. */
export type ChainEnd = readonly [room: RoomId, sender: Address, seq: number];

/** `by` says that of `device` nothing counts after a place. */
export interface Revocation {
  readonly kind: "revocation";
  readonly device: string;
  readonly by: string;
  /** ISO 8601. */
  readonly created_at: string;
  /** For people. */
  readonly reason?: string;
  /** The number in the device's head of the last object that counts; 0: none does. */
  readonly last_object?: number;
  /** The last good event of each chain; chains that are not here do not count. */
  readonly chains?: readonly ChainEnd[];
  /** The devices whose endorsement by the revoked one holds; all others are void. */
  readonly endorsed: readonly string[];
  readonly signature: string;
}

/** See the module's description. */
export type Statement = Endorsement | Revocation;

/** What a statement says, before it is signed. */
export type Unsigned<S extends Statement> = Omit<S, "kind" | "by" | "created_at" | "signature">;

/** Who signs, and when (milliseconds since the epoch). */
export interface Issuer {
  readonly device: string;
  readonly key: SigningKey;
  readonly now: number;
}

/** Longest reason in UTF-16 units. */
export const REASON_LENGTH = 240;
/** Devices that one revocation may list. */
const MOST_ENDORSED = 64;

/** Signs an endorsement. */
export function endorse(
  { device, public_key }: { readonly device: string; readonly public_key: string },
  issuer: Issuer,
): Endorsement {
  return signed({ kind: "endorsement", device, public_key }, issuer) as Endorsement;
}

/**
 * Signs a revocation.
 *
 * @throws {TrustError} `trust/too-large` when it names more chains than a statement can hold
 */
export function revoke(what: Unsigned<Revocation>, issuer: Issuer): Revocation {
  const statement = signed({ kind: "revocation", ...what } as JsonObject, issuer) as Revocation;
  if (encodeStatement(statement).length > STATEMENT_BYTES) {
    throw new TrustError(
      "trust/too-large",
      "Cannot revoke the device by the ends of its chains: it has too many",
      { hint: "Name the last object of its head that counts instead: --last-object" },
    );
  }
  return statement;
}

function signed(what: JsonObject, { device: by, key, now }: Issuer): unknown {
  const statement = { ...what, by, created_at: new Date(now).toISOString() };
  return { ...statement, signature: key.sign(canonicalJson(statement)) };
}

/** The statement as JSON, always the same for the same one. */
export function statementText(statement: Statement): string {
  const { signature, ...rest } = statement;
  const keys = Object.entries(rest).sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify({ ...Object.fromEntries(keys), signature });
}

/** The bytes of the object, LF included. */
export function encodeStatement(statement: Statement): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${statementText(statement)}\n`);
}

/** A statement that was read, and what its signature has to cover. */
export interface ReadStatement {
  readonly statement: Statement;
  readonly canonical: string;
}

/**
 * Reads a statement. Whether its signature fits is for whoever knows the key of `by`.
 *
 * @throws {ChatnodeError} `json/...`; `trust/form`; `key/...`
 */
export function parseStatement(text: string): ReadStatement {
  const fields = plainObject(readJsonObject(text, { length: STATEMENT_BYTES }));
  const { signature, ...rest } = fields;
  const common = {
    device: device(rest["device"]),
    by: device(rest["by"]),
    created_at: instant(rest["created_at"]),
    signature: shortText(signature),
  };
  const canonical = canonicalJson(rest);
  if (rest["kind"] === "endorsement") return { statement: endorsement(rest, common), canonical };
  if (rest["kind"] === "revocation") return { statement: revocation(rest, common), canonical };
  throw malformed();
}

type Common = Pick<Statement, "device" | "by" | "created_at" | "signature">;

function endorsement(fields: JsonObject, common: Common): Endorsement {
  const public_key = shortText(fields["public_key"]);
  if (deviceId(public_key) !== common.device) throw malformed();
  return { kind: "endorsement", ...common, public_key };
}

function revocation(fields: JsonObject, common: Common): Revocation {
  const { reason, last_object, chains, endorsed } = fields;
  if (last_object === undefined && chains === undefined) throw malformed();
  return {
    kind: "revocation",
    ...common,
    ...(reason === undefined ? {} : { reason: shortText(reason) }),
    ...(last_object === undefined ? {} : { last_object: count(last_object) }),
    ...(chains === undefined ? {} : { chains: list(chains).map(chainEnd) }),
    endorsed: list(endorsed, MOST_ENDORSED).map(device),
  };
}

function chainEnd(value: Json): ChainEnd {
  const [room, sender, seq, ...more] = list(value);
  if (more.length > 0) throw malformed();
  return [name(room), name(sender), count(seq)];
}

function list(value: Json | undefined, most: number = Number.POSITIVE_INFINITY): readonly Json[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw malformed();
}

function name(value: Json | undefined): string {
  if (typeof value === "string" && nameFault(value) === undefined) return value;
  throw malformed();
}

function device(value: Json | undefined): string {
  if (typeof value === "string" && isDeviceId(value)) return value;
  throw malformed();
}

function count(value: Json | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw malformed();
}

function instant(value: Json | undefined): string {
  const text = shortText(value);
  if (/^\d{4}-\d\d-\d\dT/.test(text) && Number.isFinite(Date.parse(text))) return text;
  throw malformed();
}

function shortText(value: Json | undefined): string {
  if (typeof value === "string" && value.length <= REASON_LENGTH) return value;
  throw malformed();
}

function malformed(): TrustError {
  return new TrustError("trust/form", "Cannot read the statement: it is not one about a device");
}

/** The chain of a revoked device that an end belongs to, as `chainOf` names it. */
export function chainOfEnd([room, sender]: ChainEnd, device: string): string {
  const event = { room_id: room, sender_id: sender, content: { chatnode: { device, seq: 1 } } };
  return chainOf(event as unknown as ChatEvent);
}

/** What an object below `devices/` is, by its key. */
export type StatementKey =
  | { readonly kind: "record"; readonly device: string }
  | { readonly kind: "endorsement" | "revocation"; readonly device: string; readonly by: string };

const RECORD = /^devices\/([a-z0-9-]{1,64})\.json$/;
const STATEMENT =
  /^devices\/([a-z0-9-]{1,64})\/(endorsed|revoked)_([a-z0-9-]{1,64})(?:_[0-9a-f]{16})?\.json$/;

/** The key of a device's record. */
export function recordKey(device: string): string {
  return `devices/${device}.json`;
}

/** The key of a statement: another revocation by the same device gets another one. */
export function statementKey(statement: Statement): string {
  const { kind, device, by } = statement;
  if (kind === "endorsement") return `devices/${device}/endorsed_${by}.json`;
  const digest = createHash("sha256").update(encodeStatement(statement)).digest("hex");
  return `devices/${device}/revoked_${by}_${digest.slice(0, 16)}.json`;
}

/** Reads a key, or undefined when it is none of this room. */
export function parseStatementKey(key: string): StatementKey | undefined {
  const record = RECORD.exec(key)?.[1];
  if (record !== undefined) return { kind: "record", device: record };
  const [, device, verb, by] = STATEMENT.exec(key) ?? [];
  if (device === undefined || by === undefined) return undefined;
  return { kind: verb === "endorsed" ? "endorsement" : "revocation", device, by };
}
