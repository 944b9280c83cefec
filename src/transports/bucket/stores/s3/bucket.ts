/**
 * A bucket in an S3 store.
 *
 * @module
 */
import type { Call } from "../call.ts";
import type {
  Bucket,
  BucketObject,
  ByteRange,
  CallOptions,
  ListOptions,
  ListPage,
  ObjectInfo,
  PutCondition,
  PutResult,
} from "../contract.ts";
import { BucketError } from "../errors.ts";
import type { Answer } from "../http/exchange.ts";
import { deliveryOf } from "../http/content_range.ts";
import { KeyBase, shownKey } from "../key.ts";
import { checkRange, pageLimit, rangeHeader } from "../options.ts";
import type { S3Connection, S3Request } from "./connection.ts";
import { bareEtag, checkOf, md5 } from "./etag.ts";
import { listQuery, PAGE_BYTES, readPage } from "./listing.ts";
import { sha256 } from "./signing.ts";
import { codeOf } from "./verdict.ts";

type Content = Uint8Array<ArrayBuffer>;

/** How a store wants an etag in `If-Match`. RFC 9110 says quoted; Ceph up to 16 wants it bare. */
type EtagForm = "quoted" | "bare";

/** See the module's description. */
export class S3Bucket implements Bucket {
  readonly url: string;
  readonly #base: KeyBase;
  readonly #connection: S3Connection;
  #etagForm: EtagForm | undefined;
  /** What a put has shown of the store's etags. */
  #etags: "md5" | "opaque" = "opaque";

  constructor(url: string, prefix: string, connection: S3Connection) {
    this.url = url;
    this.#base = new KeyBase(prefix);
    this.#connection = connection;
  }

  async put(
    key: string,
    content: Content,
    options: CallOptions & { readonly condition?: PutCondition } = {},
  ): Promise<PutResult> {
    const full = this.#base.full(key);
    const { calls } = this.#connection.http;
    const { condition } = options;
    return await calls.run(`store ${shownKey(key)}`, options, async (call) => {
      if (condition?.kind !== "match") {
        const headers: Record<string, string> = condition === undefined
          ? {}
          : { "if-none-match": "*" };
        return await this.#put(call, full, content, headers);
      }
      return await this.#replace(call, full, content, condition.etag);
    }, content.length);
  }

  /** Puts where the etag is still `etag`, and finds out how this store wants to be told. */
  async #replace(call: Call, full: string, content: Content, etag: string): Promise<PutResult> {
    const put = (form: EtagForm) =>
      this.#put(call, full, content, { "if-match": form === "bare" ? etag : `"${etag}"` });
    const result = await put(this.#etagForm ?? "quoted");
    if (this.#etagForm !== undefined) return result;
    if (result.outcome === "stored") {
      this.#etagForm = "quoted";
      return result;
    }
    // Refused although nothing has changed: perhaps it was not understood.
    if ((await this.#head(call, full))?.etag !== etag) return result;
    const again = await put("bare");
    if (again.outcome === "stored") this.#etagForm = "bare";
    return again;
  }

  async #put(
    call: Call,
    full: string,
    content: Content,
    condition: Readonly<Record<string, string>>,
  ): Promise<PutResult> {
    const hash = sha256(content);
    const answer = await this.#ask(call, {
      method: "PUT",
      key: full,
      body: content,
      sha256: hash,
      headers: {
        ...condition,
        "content-type": contentType(full),
        "x-amz-checksum-sha256": Uint8Array.fromHex(hash).toBase64(),
      },
      accepts: [200, 201, 412, ...(condition["if-match"] === undefined ? [] : [404])],
    });
    if (answer.status === 412) return { outcome: "refused" };
    if (answer.status === 404) {
      if (codeOf(answer) !== "NoSuchBucket") return { outcome: "refused" };
      throw noBucket(call);
    }
    const etag = bareEtag(answer.headers.get("etag"));
    if (etag === "") throw new BucketError("bucket/corrupt", `Cannot ${call.what}: it has no etag`);
    this.#etags = etag === md5(content) ? "md5" : "opaque";
    return { outcome: "stored", etag };
  }

  get(
    key: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<BucketObject | undefined>;
  get(
    key: string,
    options: CallOptions & { readonly range?: ByteRange; readonly unless: string },
  ): Promise<BucketObject | "unchanged" | undefined>;
  async get(
    key: string,
    options: CallOptions & { readonly range?: ByteRange; readonly unless?: string } = {},
  ): Promise<BucketObject | "unchanged" | undefined> {
    const full = this.#base.full(key);
    const { range, unless } = options;
    checkRange(range);
    const { http } = this.#connection;
    const call = http.calls.begin(`read ${shownKey(key)}`, options);
    const exchange = this.#connection.exchange(call, {
      method: "GET",
      key: full,
      headers: {
        "x-amz-checksum-mode": "ENABLED",
        ...(range === undefined ? {} : { range: rangeHeader(range) }),
        ...(unless === undefined ? {} : { "if-none-match": `"${unless}"` }),
      },
      accepts: [200, 206, 304],
      judge: (answer) => {
        // Nothing else may pass for an object that is not there.
        if (answer.status !== 404 || codeOf(answer) !== "NoSuchKey") return undefined;
        return { kind: "fail", error: new NoSuchKey() };
      },
    });
    try {
      const answer = await http.open(call, exchange, (head) => {
        if (head.status === 304) return undefined;
        const { part, total } = deliveryOf(call.what, head, range);
        // A checksum is that of the whole object.
        const check = part === total ? checkOf(head.headers, this.#etags) : undefined;
        return { size: part, check };
      });
      if (!("body" in answer)) return "unchanged";
      const { headers, body } = answer;
      const { total } = deliveryOf(call.what, answer, range);
      return { key, size: total, etag: bareEtag(headers.get("etag")), body };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    const full = this.#base.full(key);
    const { calls } = this.#connection.http;
    return await calls.run(`look at ${shownKey(key)}`, options, async (call) => {
      const found = await this.#head(call, full);
      return found && { key, ...found };
    });
  }

  async #head(call: Call, full: string): Promise<Omit<ObjectInfo, "key"> | undefined> {
    const answer = await this.#ask(call, {
      method: "HEAD",
      key: full,
      headers: {},
      accepts: [200, 404],
    });
    if (answer.status === 404) return undefined;
    const { total } = deliveryOf(call.what, answer, undefined);
    return { size: total, etag: bareEtag(answer.headers.get("etag")) };
  }

  async list(options: ListOptions): Promise<ListPage> {
    const query = listQuery(this.#base, options, pageLimit(options));
    const { calls } = this.#connection.http;
    return await calls.run(`list ${shownKey(options.prefix)}`, options, async (call) => {
      const { bytes } = await this.#ask(call, {
        method: "GET",
        query,
        headers: {},
        accepts: [200],
        maxBytes: PAGE_BYTES,
      });
      return readPage(call.what, this.#base, bytes);
    });
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    const full = this.#base.full(key);
    const { calls } = this.#connection.http;
    await calls.run(`remove ${shownKey(key)}`, options, async (call) => {
      const answer = await this.#ask(call, {
        method: "DELETE",
        key: full,
        headers: {},
        accepts: [200, 204, 404],
      });
      if (answer.status === 404 && codeOf(answer) === "NoSuchBucket") throw noBucket(call);
    });
  }

  /** Whether a default retention keeps what is deleted or overwritten; false when it is not told. */
  async keepsEverything(options?: CallOptions): Promise<boolean> {
    const { calls } = this.#connection.http;
    return await calls.run("ask for the object lock", options, async (call) => {
      const { status, bytes } = await this.#ask(call, {
        method: "GET",
        query: { "object-lock": "" },
        headers: {},
        accepts: [200, 400, 403, 404, 405, 501],
      });
      return status === 200 && new TextDecoder().decode(bytes).includes("<DefaultRetention>");
    });
  }

  /** What putting and reading have shown, for the probe's line. */
  notes(): readonly string[] {
    return [
      ...(this.#etagForm === "bare" ? ["If-Match unquoted"] : []),
      this.#etags === "md5" ? "etags are MD5" : "etags say nothing of the content",
    ];
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  #ask(call: Call, request: S3Request): Promise<Answer> {
    return this.#connection.http.ask(call, this.#connection.exchange(call, request));
  }
}

/** Only from a judge to its caller. */
class NoSuchKey extends BucketError {
  constructor() {
    super("bucket/refused", "Cannot read the object: there is none");
  }
}

function noBucket(call: Call): BucketError {
  return new BucketError("bucket/missing", `Cannot ${call.what}: there is no such bucket`, {
    hint: "Check its name and the region",
  });
}

/** For people who look into the bucket with a browser. */
function contentType(key: string): string {
  if (key.endsWith(".json")) return "application/json";
  return key.endsWith(".jsonl") ? "application/x-ndjson" : "application/octet-stream";
}
