/**
 * A bucket in Azure Blob Storage, over its REST API.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
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
import { HttpClient, type Surroundings } from "../http/client.ts";
import { announcedLength } from "../body.ts";
import { deliveryOf } from "../http/content_range.ts";
import { md5Check } from "../http/digest_check.ts";
import type { Answer, AnswerHead, Exchange, Verdict } from "../http/exchange.ts";
import { ServerClock } from "../http/server_clock.ts";
import { KeyBase, shownKey } from "../key.ts";
import { checkRange, rangeHeader } from "../options.ts";
import { type AzureAddress, azureUrl } from "./address.ts";
import { errorCodeOf, isRefusal } from "./faults.ts";
import { AzureLister } from "./lister.ts";
import { bareEtag } from "./listing.ts";
import { AzureRequests, type RequestParts } from "./requests.ts";

/** Longest range, in bytes, that the service makes an MD5 of. */
const RANGE_MD5_BYTES = 4 * 1024 * 1024;
const NOTHING = new Uint8Array();

/** See the module's description. */
export class AzureBucket implements Bucket {
  readonly url: string;
  readonly #client: HttpClient;
  readonly #base: KeyBase;
  readonly #requests: AzureRequests;
  readonly #lister: AzureLister;

  constructor(address: AzureAddress, surroundings: Surroundings) {
    this.url = azureUrl(address);
    this.#client = new HttpClient(surroundings);
    this.#base = new KeyBase(address.prefix);
    this.#requests = new AzureRequests(address, new ServerClock(surroundings.clock));
    this.#lister = new AzureLister(this.#client, this.#base, this.#requests);
  }

  async put(
    key: string,
    content: Uint8Array<ArrayBuffer>,
    options: CallOptions & { readonly condition?: PutCondition } = {},
  ): Promise<PutResult> {
    const name = this.#base.full(key);
    const { condition } = options;
    // None of the service's: nothing that is stored can be it.
    if (condition?.kind === "match" && !ETAG.test(condition.etag)) return { outcome: "refused" };
    return await this.#client.calls.run(`store ${shownKey(key)}`, options, async (call) => {
      const parts: RequestParts = {
        method: "PUT",
        name,
        content,
        headers: conditional(condition),
      };
      const exchange = this.#exchange(call, parts, [201]);
      try {
        const answer = await this.#client.ask(call, {
          ...exchange,
          judge: (answer) =>
            condition !== undefined && isRefusal(answer, condition.kind)
              ? { kind: "fail", error: new ConditionFailed(call.what) }
              : exchange.judge?.(answer),
        });
        return { outcome: "stored", etag: etagOf(call, answer) };
      } catch (error) {
        if (error instanceof ConditionFailed) return { outcome: "refused" };
        throw error;
      }
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
    const { range } = options;
    const unless = ETAG.test(options.unless ?? "") ? options.unless : undefined;
    checkRange(range);
    const call = this.#client.calls.begin(`read ${shownKey(key)}`, options);
    const headers = { ...rangeHeaders(range), ...unlessHeader(unless) };
    const accepts = [200, 206, 404, ...(unless === undefined ? [] : [304])];
    const describe = (head: AnswerHead) => ({
      ...deliveryOf(call.what, head, range),
      etag: etagOf(call, head),
    });
    const answer = await this.#client.open(
      call,
      this.#exchange(call, { method: "GET", name, headers }, accepts),
      (head) => {
        if (head.status !== 200 && head.status !== 206) return undefined;
        const { part } = describe(head);
        return { size: part, check: md5Check(head.headers.get("content-md5")) };
      },
    );
    if (answer.status === 304) return "unchanged";
    if (answer.status === 404) {
      return absent(this.#requests.judge(call.what, { ...answer, bytes: NOTHING }), answer);
    }
    if (!("body" in answer)) throw corrupt(call, "the answer has no body");
    const { total, etag } = describe(answer);
    return { key, size: total, etag, body: answer.body };
  }

  async head(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    const name = this.#base.full(key);
    return await this.#client.calls.run(`look at ${shownKey(key)}`, options, async (call) => {
      const answer = await this.#client.ask(
        call,
        this.#exchange(call, { method: "HEAD", name }, [200, 404]),
      );
      if (answer.status === 404) return absent(this.#requests.judge(call.what, answer), answer);
      const size = announcedLength(answer.headers);
      if (size === undefined) throw corrupt(call, "the answer does not say how long it is");
      return { key, size, etag: etagOf(call, answer) };
    });
  }

  async list(options: ListOptions): Promise<ListPage> {
    return await this.#lister.list(options);
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    const name = this.#base.full(key);
    await this.#client.calls.run(`delete ${shownKey(key)}`, options, async (call) => {
      const answer = await this.#client.ask(
        call,
        this.#exchange(call, { method: "DELETE", name }, [202, 404]),
      );
      if (answer.status === 404) absent(this.#requests.judge(call.what, answer), answer);
    });
  }

  /** Whether the container has an immutability policy or a legal hold; false when it is not told. */
  async keepsEverything(options?: CallOptions): Promise<boolean> {
    return await this.#client.calls.run("ask for the container's policy", options, async (call) => {
      const exchange = this.#exchange(call, { method: "HEAD" }, [200, 401, 403, 404]);
      const { headers } = await this.#client.ask(call, exchange);
      return ["x-ms-has-immutability-policy", "x-ms-has-legal-hold"]
        .some((name) => headers.get(name)?.toLowerCase() === "true");
    });
  }

  /** What listing has shown, for the probe's line. */
  notes(): readonly string[] {
    return this.#lister.notes();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#client.calls.close();
    return Promise.resolve();
  }

  #exchange(call: Call, parts: RequestParts, accepts: readonly number[]): Exchange {
    return {
      request: () => this.#requests.make(parts),
      accepts,
      judge: (answer) => this.#requests.judge(call.what, answer),
    };
  }
}

/** Only from a judge to its caller. */
class ConditionFailed extends BucketError {
  constructor(what: string) {
    super("bucket/refused", `Cannot ${what}: its condition does not hold`);
  }
}

/**
 * A 404 about the object means that there is none; about anything else, or from a proxy on the way,
 * it is an error.
 */
function absent(verdict: Verdict, answer: AnswerHead & Partial<Answer>): undefined {
  if (errorCodeOf(answer) === "BlobNotFound") return undefined;
  throw verdict.error;
}

/** What may stand between the quotes of an ETag: others could end the header. */
const ETAG = /^[!#-~]{1,200}$/;

function conditional(condition: PutCondition | undefined): Record<string, string> {
  if (condition === undefined) return {};
  return condition.kind === "absent"
    ? { "If-None-Match": "*" }
    : { "If-Match": `"${condition.etag}"` };
}

function unlessHeader(etag: string | undefined): Record<string, string> {
  return etag === undefined ? {} : { "If-None-Match": `"${etag}"` };
}

function rangeHeaders(range: ByteRange | undefined): Record<string, string> {
  if (range === undefined) return {};
  const { start, end } = range;
  const isShort = end !== undefined && end - start <= RANGE_MD5_BYTES;
  return {
    "x-ms-range": rangeHeader(range),
    ...(isShort ? { "x-ms-range-get-content-md5": "true" } : {}),
  };
}

function etagOf(call: Call, { headers }: AnswerHead): string {
  const etag = bareEtag(headers.get("etag") ?? "");
  if (etag === "") throw corrupt(call, "the answer has no ETag");
  return etag;
}

function corrupt(call: Call, state: string): BucketError {
  return new BucketError("bucket/corrupt", `Cannot ${call.what}: ${state}`);
}
