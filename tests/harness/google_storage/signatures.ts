/**
 * Checks V4 signatures with HMAC keys, from Google's description of what is signed.
 *
 * @see https://cloud.google.com/storage/docs/authentication/canonical-requests
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import { Refusal } from "./refusal.ts";

/** A request as it came. */
export interface SignedRequest {
  readonly method: string;
  /** As in the request line. */
  readonly path: string;
  /** As in the request line, without the question mark. */
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const FORM =
  /^GOOG4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/storage\/goog4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const TOLERANCE = 15 * 60_000;

/** @throws {Refusal} unless it is signed with one of `keys`, at `now`, and wholly. */
export function checkSignature(
  request: SignedRequest,
  keys: ReadonlyMap<string, string>,
  now: number,
): void {
  const { headers } = request;
  const [, id = "", day = "", region = "", names = "", signature = ""] =
    FORM.exec(headers.get("authorization") ?? "") ?? [];
  if (signature === "") throw new Refusal(400, "InvalidArgument", "the authorization is malformed");
  const secret = keys.get(id);
  if (secret === undefined) throw new Refusal(403, "InvalidAccessKeyId", "no such key");
  const time = headers.get("x-goog-date") ?? "";
  if (!time.startsWith(`${day}T`)) throw new Refusal(403, "SignatureDoesNotMatch", "another day");
  const sent = Date.parse(
    time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (!(Math.abs(sent - now) <= TOLERANCE)) throw new Refusal(403, "RequestTimeTooSkewed", "time");
  requireSigned(headers, names.split(";"));
  const hash = createHash("sha256").update(request.body).digest("hex");
  if (headers.get("x-goog-content-sha256") !== hash) {
    throw new Refusal(400, "XAmzContentSHA256Mismatch", "the content is another one");
  }
  let key: Uint8Array | string = `GOOG4${secret}`;
  for (const part of [day, region, "storage", "goog4_request"]) key = mac(key, part);
  const scope = `${day}/${region}/storage/goog4_request`;
  const digest = createHash("sha256").update(canonical(request, names, hash)).digest("hex");
  const expected = mac(key, `GOOG4-HMAC-SHA256\n${time}\n${scope}\n${digest}`);
  if (expected.toHex() !== signature) {
    throw new Refusal(403, "SignatureDoesNotMatch", "the signature is wrong");
  }
}

/** Host and all headers of Google's own have to be signed, in order. */
function requireSigned(headers: Headers, names: readonly string[]): void {
  const own = [...headers.keys()].filter((name) => name.startsWith("x-goog-"));
  const missing = ["host", ...own].find((name) => !names.includes(name));
  if (missing !== undefined || names.join() !== names.toSorted().join()) {
    throw new Refusal(403, "SignatureDoesNotMatch", `not signed: ${missing}`);
  }
}

function canonical({ method, path, query, headers }: SignedRequest, names: string, hash: string) {
  const pairs = query === "" ? [] : query.split("&").sort();
  const rows = names.split(";").map((name) => `${name}:${headers.get(name)?.trim()}\n`);
  return `${method}\n${path}\n${pairs.join("&")}\n${rows.join("")}\n${names}\n${hash}`;
}

function mac(key: Uint8Array | string, text: string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(text).digest());
}
