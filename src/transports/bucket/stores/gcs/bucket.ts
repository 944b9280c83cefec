/**
 * A bucket in Google Cloud Storage, over its XML API: the one that takes tokens and HMAC keys alike.
 *
 * @see https://cloud.google.com/storage/docs/xml-api/overview
 * @module
 */
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
import type { Call } from "../call.ts";
import { BucketError } from "../errors.ts";
import { announcedLength } from "../body.ts";
import { HttpClient, type Surroundings } from "../http/client.ts";
import { deliveryOf } from "../http/content_range.ts";
import type { AnswerHead } from "../http/exchange.ts";
import { ServerClock } from "../http/server_clock.ts";
import { KeyBase, shownKey } from "../key.ts";
import { checkRange, pageLimit, rangeHeader } from "../options.ts";
import { authorityOf } from "./authority.ts";
import { type GoogleAddress, googleUrl } from "./address.ts";
import type { GoogleCredential } from "./credentials.ts";
import { crc32cCheck } from "./crc32c.ts";
import { formatEtag, partsOfEtag } from "./etag.ts";
import { absentIfMissing, GoogleExchanges } from "./exchanges.ts";
import { isRefusal } from "./faults.ts";
import { readListing } from "./listing.ts";
import { GoogleRequests, type RequestParts } from "./requests.ts";

/** 1,000 entries with names of 1,024 bytes, each of them escaped, and their properties. */
const LISTING_BYTES = 8 * 1024 * 1024;

/** How often an object may come and go while it is looked at. */
const MOST_LOOKS = 3;

/** See the module's description. */
export class GoogleBucket implements Bucket {
  readonly url: string;
  readonly #client: HttpClient;
  readonly #base: KeyBase;
  readonly #exchanges: GoogleExchanges;

  constructor(address: GoogleAddress, credential: GoogleCredential, surroundings: Surroundings) {
    this.url = googleUrl(address);
    this.#client = new HttpClient(surroundings);
    this.#base = new KeyBase(address.prefix);
    const clock = new ServerClock(surroundings.clock);
    const authority = authorityOf(credential, this.#client, clock, surroundings.clock);
    this.#exchanges = new GoogleExchanges(new GoogleRequests(address, authority), authority, clock);
  }

  async put(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    options: CallOptions & { readonly condition?: PutCondition } = {},
  ): Promise<PutResult> {
    const name = this.#base.full(key);
    const { condition } = options;
    const generation = generationOf(condition);
    // No generation of Google's: nothing that is stored can be it.
    if (generation === undefined) return { outcome: "refused" };
    const headers = generation === "" ? {} : { "x-goog-if-generation-match": generation };
    return await this.#client.calls.run(`store ${shownKey(key)}`, options, async (call) => {
      const accepts = [200, 201, ...(condition === undefined ? [] : [412])];
      const parts: RequestParts = { method: "PUT", name, content, headers };
      const answer = await this.#client.ask(call, this.#exchanges.of(call, parts, accepts));
      if (answer.status !== 412) return { outcome: "stored", etag: etagOf(call, answer) };
      if (isRefusal(answer)) return { outcome: "refused" };
      throw this.#exchanges.judge(call, answer).error;
    }, content.length);
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
    const name = this.#base.full(key);
    const { range, unless } = options;
    checkRange(range);
    const known = unless === undefined ? undefined : partsOfEtag(unless);
    const headers: Record<string, string> = {
      ...(range === undefined ? {} : { range: rangeHeader(range) }),
      ...(known === undefined ? {} : { "if-none-match": `"${known.etag}"` }),
    };
    const call = this.#client.calls.begin(`read ${shownKey(key)}`, options);
    const describe = (head: AnswerHead) => ({
      ...deliveryOf(call.what, withLength(head), range),
      etag: etagOf(call, head),
    });
    const parts: RequestParts = { method: "GET", name, headers };
    const accepts = [200, 206, ...(known === undefined ? [] : [304])];
    const exchange = this.#exchanges.of(call, parts, accepts);
    const answer = await absentIfMissing(this.#client.open(call, exchange, (head) => {
      if (head.status === 304) return undefined;
      const { part } = describe(head);
      // The checksum is that of the whole object.
      const whole = head.status === 200;
      const check = whole ? crc32cCheck(head.headers.get("x-goog-hash")) : undefined;
      return { size: part, check };
    }));
    if (answer === undefined) return undefined;
    if (answer.status === 304) return "unchanged";
    if (!("body" in answer)) throw corrupt(call, "the answer has no body");
    const { total, etag } = describe(answer);
    return { key, size: total, etag, body: answer.body };
  }

  async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    const name = this.#base.full(key);
    return await this.#client.calls.run(`look at ${shownKey(key)}`, options, async (call) => {
      for (let looks = 0; looks < MOST_LOOKS; looks++) {
        const exchange = this.#exchanges.of(call, { method: "HEAD", name }, [200, 404]);
        const answer = await this.#client.ask(call, exchange);
        if (answer.status === 404) {
          if (await this.#isAbsent(call, name)) return undefined;
          continue;
        }
        const size = announcedLength(withLength(answer).headers);
        if (size === undefined) throw corrupt(call, "the answer does not say how long it is");
        return { key, size, etag: etagOf(call, answer) };
      }
      throw corrupt(call, "it is there by one kind of request and not by the other");
    });
  }

  /** The answer to HEAD has no body that would say what there is none of: the bucket, perhaps. */
  async #isAbsent(call: Call, name: string): Promise<boolean> {
    const parts: RequestParts = { method: "GET", name, headers: { range: "bytes=0-0" } };
    const exchange = this.#exchanges.of(call, parts, [206, 416]);
    return await absentIfMissing(this.#client.ask(call, exchange)) === undefined;
  }

  async list(options: ListOptions): Promise<ListPage> {
    const { depth = "all", cursor } = options;
    const limit = pageLimit(options);
    const prefix = this.#base.fullPrefix(options.prefix);
    const after = options.startAfter === undefined
      ? undefined
      : this.#base.fullPrefix(options.startAfter);
    const query = {
      "list-type": "2",
      "prefix": prefix === "" ? undefined : prefix,
      "delimiter": depth === "folder" ? "/" : undefined,
      "max-keys": `${limit}`,
      "start-after": after,
      "continuation-token": cursor,
    };
    const shown = options.prefix === "" ? "the bucket" : shownKey(options.prefix);
    return await this.#client.calls.run(`list ${shown}`, options, async (call) => {
      const exchange = this.#exchanges.of(call, { method: "GET", query }, [200]);
      const answer = await this.#client.ask(call, { ...exchange, maxBytes: LISTING_BYTES });
      return this.#page(new TextDecoder().decode(answer.bytes), after);
    });
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    const name = this.#base.full(key);
    await this.#client.calls.run(`delete ${shownKey(key)}`, options, async (call) => {
      const exchange = this.#exchanges.of(call, { method: "DELETE", name }, [200, 204]);
      await absentIfMissing(this.#client.ask(call, exchange));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#client.calls.close();
    return Promise.resolve();
  }

  #page(xml: string, after: string | undefined): ListPage {
    const { objects, folders, next } = readListing(xml);
    return {
      // Names that are no keys of ours (somebody else's objects) are left out.
      objects: objects.flatMap(({ name, size, etag }) => {
        const key = this.#base.relative(name);
        const isKey = key !== undefined && !key.endsWith("/");
        // An older API took where to start as the first one to give.
        return isKey && name !== after ? [{ key, size, etag }] : [];
      }),
      folders: folders.flatMap((name) => this.#base.relative(name) ?? []),
      ...(next === undefined ? {} : { next }),
    };
  }
}

/** The wanted generation; empty without a condition, undefined when there can be none such. */
function generationOf(condition: PutCondition | undefined): string | undefined {
  if (condition === undefined) return "";
  return condition.kind === "absent" ? "0" : partsOfEtag(condition.etag)?.generation;
}

/** An answer in chunks says only how long the object is that it brings, as it is stored. */
function withLength(head: AnswerHead): AnswerHead {
  const { headers } = head;
  const stored = headers.get("x-goog-stored-content-length");
  const isPlain = (headers.get("x-goog-stored-content-encoding") ?? "identity") === "identity";
  if (headers.has("content-length") || stored === null || !isPlain) return head;
  return { ...head, headers: new Headers([...headers, ["content-length", stored]]) };
}

function etagOf(call: Call, { headers }: AnswerHead): string {
  const generation = headers.get("x-goog-generation") ?? "";
  const etag = headers.get("etag") ?? "";
  const text = formatEtag(generation, etag);
  if (partsOfEtag(text) === undefined) throw corrupt(call, "the answer has no generation or ETag");
  return text;
}

function corrupt(call: Call, state: string): BucketError {
  return new BucketError("bucket/corrupt", `Cannot ${call.what}: ${state}`);
}
