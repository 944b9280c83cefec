/**
 * The buckets of the test server: objects with generations, conditions, ranges and listings, by
 * Google's documentation of the XML API.
 *
 * @see https://cloud.google.com/storage/docs/xml-api/reference-methods
 * @module
 */
import { createHash } from "node:crypto";
import { escaped, Refusal } from "./refusal.ts";

/** A request whose sender is known. */
export interface ObjectRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

interface StoredObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly generation: bigint;
  readonly etag: string;
  readonly crc32c: string;
}

const LIST_PARAMETERS = new Set([
  ...["list-type", "prefix", "delimiter", "max-keys", "start-after", "continuation-token"],
]);
const OWN_HEADERS = new Set([
  ...["x-goog-date", "x-goog-content-sha256", "x-goog-hash", "x-goog-if-generation-match"],
]);

/** One bucket. */
export class ObjectSpace {
  readonly #objects = new Map<string, StoredObject>();
  /** Names under a retention policy or hold. */
  readonly held: Set<string> = new Set();
  #generation = 1_763_640_000_000_000n;

  /** A request for one object. @throws {Refusal} */
  object(name: string, request: ObjectRequest): Response {
    const unknown = [...request.headers.keys()]
      .find((header) => /^x-(goog|amz)-/.test(header) && !OWN_HEADERS.has(header));
    if (unknown !== undefined) throw new Refusal(400, "InvalidArgument", `header ${unknown}`);
    if ([...request.query].length > 0) throw new Refusal(400, "InvalidArgument", "a query");
    switch (request.method) {
      case "PUT":
        return this.#put(name, request);
      case "GET":
      case "HEAD":
        return this.#get(name, request);
      case "DELETE":
        return this.#delete(name);
      default:
        throw new Refusal(405, "MethodNotAllowed", request.method);
    }
  }

  #put(name: string, { headers, body }: ObjectRequest): Response {
    if (headers.get("content-length") !== `${body.length}`) {
      throw new Refusal(411, "MissingContentLength", "no length");
    }
    const announced = /^crc32c=(\S+)$/.exec(headers.get("x-goog-hash") ?? "")?.[1];
    if (announced !== undefined && announced !== crc32c(body)) {
      throw new Refusal(400, "BadDigest", "the CRC32C differs");
    }
    const wanted = headers.get("x-goog-if-generation-match");
    if (wanted !== null && !/^\d+$/.test(wanted)) {
      throw new Refusal(400, "InvalidArgument", "a generation is a number");
    }
    const present = this.#objects.get(name);
    if (wanted !== null && `${present?.generation ?? 0n}` !== wanted) {
      throw new Refusal(412, "PreconditionFailed", "the generation differs");
    }
    if (this.held.has(name)) throw new Refusal(403, "ObjectUnderActiveHold", name);
    this.#generation += 17n;
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    const stored = { bytes: body, generation: this.#generation, etag, crc32c: crc32c(body) };
    this.#objects.set(name, stored);
    return new Response(null, { headers: headersOf(stored) });
  }

  #get(name: string, { method, headers }: ObjectRequest): Response {
    const stored = this.#objects.get(name);
    if (stored === undefined) throw new Refusal(404, "NoSuchKey", "no such object");
    const own = headersOf(stored);
    if (headers.get("if-none-match") === stored.etag) {
      return new Response(null, { status: 304, headers: own });
    }
    const { bytes } = stored;
    const range = headers.get("range");
    if (range === null) {
      own.set("content-length", `${bytes.length}`);
      return new Response(method === "HEAD" ? null : bytes, { headers: own });
    }
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    if (start === undefined || Number(start) >= bytes.length) {
      throw new Refusal(416, "InvalidRange", "behind the end");
    }
    const last = end === "" ? bytes.length - 1 : Math.min(Number(end), bytes.length - 1);
    const part = bytes.slice(Number(start), last + 1);
    own.set("content-range", `bytes ${start}-${last}/${bytes.length}`);
    return new Response(part, { status: 206, headers: own });
  }

  #delete(name: string): Response {
    if (this.held.has(name)) throw new Refusal(403, "ObjectUnderActiveHold", name);
    if (!this.#objects.delete(name)) throw new Refusal(404, "NoSuchKey", "no such object");
    return new Response(null, { status: 204 });
  }

  /** A listing, version 2. @throws {Refusal} */
  list({ method, query }: ObjectRequest): Response {
    if (method !== "GET") throw new Refusal(405, "MethodNotAllowed", method);
    const unknown = [...query.keys()].find((name) => !LIST_PARAMETERS.has(name));
    const most = Number(query.get("max-keys") ?? 1000);
    if (unknown !== undefined || query.get("list-type") !== "2" || !(most >= 1 && most <= 1000)) {
      throw new Refusal(400, "InvalidArgument", `parameter ${unknown}`);
    }
    const prefix = query.get("prefix") ?? "";
    const delimiter = query.get("delimiter") ?? "";
    const token = query.get("continuation-token");
    const after = token === null ? query.get("start-after") ?? "" : placeOf(token);
    const entries = new Map<string, StoredObject | undefined>();
    for (const name of [...this.#objects.keys()].sort(byBytes)) {
      if (!name.startsWith(prefix) || byBytes(name, after) <= 0) continue;
      const cut = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
      const entry = cut < 0 ? name : name.slice(0, cut + delimiter.length);
      // A folder that a page ended with is not told again.
      if (cut >= 0 && token !== null && byBytes(entry, after) <= 0) continue;
      entries.set(entry, cut < 0 ? this.#objects.get(name) : undefined);
    }
    const page = [...entries].slice(0, most);
    return answer(page, entries.size > most ? page.at(-1)?.[0] : undefined);
  }
}

function answer(
  page: readonly (readonly [string, StoredObject | undefined])[],
  last: string | undefined,
): Response {
  const rows = page.map(([name, object]) =>
    object === undefined
      ? `<CommonPrefixes><Prefix>${escaped(name)}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${escaped(name)}</Key><Generation>${object.generation}</Generation>` +
        "<MetaGeneration>1</MetaGeneration><LastModified>2026-11-20T12:00:00.000Z</LastModified>" +
        `<ETag>${escaped(object.etag)}</ETag><Size>${object.bytes.length}</Size></Contents>`
  );
  const more = last === undefined
    ? "<IsTruncated>false</IsTruncated>"
    : `<IsTruncated>true</IsTruncated><NextContinuationToken>${tokenOf(last)}` +
      "</NextContinuationToken>";
  const xml = "<?xml version='1.0' encoding='UTF-8'?>" +
    "<ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Name>bucket</Name>" +
    `${more}${rows.join("")}</ListBucketResult>`;
  return new Response(xml, { headers: { "content-type": "application/xml; charset=UTF-8" } });
}

function headersOf({ bytes, generation, etag, crc32c }: StoredObject): Headers {
  const headers = new Headers({
    "etag": etag,
    "x-goog-generation": `${generation}`,
    "x-goog-metageneration": "1",
    "x-goog-stored-content-length": `${bytes.length}`,
    "x-goog-hash": `crc32c=${crc32c}`,
  });
  headers.append("x-goog-hash", `md5=${createHash("md5").update(bytes).digest("base64")}`);
  return headers;
}

function tokenOf(name: string): string {
  return new TextEncoder().encode(name).toBase64();
}

function placeOf(token: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(token));
  } catch {
    throw new Refusal(400, "InvalidArgument", "no continuation token");
  }
}

const utf8 = new TextEncoder();

function byBytes(a: string, b: string): number {
  const [x, y] = [utf8.encode(a), utf8.encode(b)];
  const at = x.findIndex((byte, index) => byte !== y[index]);
  return at < 0 ? x.length - y.length : (x[at] ?? 0) - (y[at] ?? -1);
}

/** Bit by bit, as the standard defines it; not the code under test. */
export function crc32c(bytes: Uint8Array): string {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
    }
  }
  const value = ~remainder >>> 0;
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value).toBase64();
}
