/**
 * Listings of a container, below a base, one request a page.
 *
 * The service knows no "only keys after this one" as its first versions went: newer ones take
 * `startFrom`; where it is refused, everything before is read in the largest pages there are and
 * left out here, which costs one request for each 5,000 keys before.
 *
 * @module
 */
import type { Call } from "../call.ts";
import type { ListOptions, ListPage } from "../contract.ts";
import { BucketError } from "../errors.ts";
import type { HttpClient } from "../http/client.ts";
import type { Answer, Verdict } from "../http/exchange.ts";
import { compareKeys, type KeyBase, shownKey } from "../key.ts";
import { pageLimit } from "../options.ts";
import { errorCodeOf } from "./faults.ts";
import {
  type Cut,
  cutListing,
  decodePosition,
  encodePosition,
  readListing,
  surelyBefore,
} from "./listing.ts";
import type { AzureRequests, RequestParts } from "./requests.ts";

/** Most entries that one answer brings. */
const MOST_ENTRIES = 5000;
/** 5,000 entries with names of 1,024 bytes, each of them escaped, and their properties. */
const LISTING_BYTES = 32 * 1024 * 1024;

/** Codes of a service that does not know `startFrom` or the version that brought it. */
const TOO_NEW: ReadonlySet<string> = new Set([
  ...["InvalidHeaderValue", "InvalidQueryParameterValue", "UnsupportedQueryParameter"],
  ...["UnsupportedHeader", "FeatureVersionMismatch"],
]);

/** See the module's description. */
export class AzureLister {
  readonly #client: HttpClient;
  readonly #base: KeyBase;
  readonly #requests: AzureRequests;
  /** Until a service refuses it. */
  #knowsStartFrom = true;

  constructor(client: HttpClient, base: KeyBase, requests: AzureRequests) {
    this.#client = client;
    this.#base = base;
    this.#requests = requests;
  }

  /** Peculiarities that have shown by now. */
  notes(): readonly string[] {
    return this.#knowsStartFrom ? [] : ["lists from the beginning"];
  }

  /** See `Bucket.list`. */
  async list(options: ListOptions): Promise<ListPage> {
    const limit = pageLimit(options);
    const prefix = this.#base.fullPrefix(options.prefix);
    const startAfter = options.startAfter === undefined
      ? undefined
      : this.#base.fullPrefix(options.startAfter);
    const position = decodePosition(options.cursor ?? "marker=");
    const shown = options.prefix === "" ? "the bucket" : shownKey(options.prefix);
    return await this.#client.calls.run(`list ${shown}`, options, async (call) => {
      // What is behind the prefix as a whole is behind all of its keys.
      const isPast = startAfter !== undefined && !startAfter.startsWith(prefix) &&
        compareKeys(startAfter, prefix) > 0;
      if (isPast) return { objects: [], folders: [] };
      const answer = await this.#client.ask(call, {
        request: () =>
          this.#requests.make(
            this.#parts({ ...options, limit }, prefix, startAfter, position.marker),
          ),
        accepts: [200],
        judge: (answer) =>
          this.#withoutStartFrom(call, answer) ?? this.#requests.judge(call.what, answer),
        maxBytes: LISTING_BYTES,
      });
      const listing = readListing(new TextDecoder().decode(answer.bytes));
      return this.#page(cutListing(listing, position, { startAfter, limit }));
    });
  }

  #parts(
    { depth = "all", limit }: ListOptions & { readonly limit: number },
    prefix: string,
    startAfter: string | undefined,
    marker: string,
  ): RequestParts {
    const skips = startAfter !== undefined && startAfter.startsWith(prefix);
    const knows = depth === "all" && this.#knowsStartFrom;
    const startFrom = skips && knows ? surelyBefore(startAfter, prefix) : undefined;
    const delimiter = depth === "folder" ? "/" : undefined;
    const maxresults = `${skips && startFrom === undefined ? MOST_ENTRIES : limit}`;
    return {
      method: "GET",
      query: {
        comp: "list",
        prefix: prefix || undefined,
        marker: marker || undefined,
        maxresults,
        delimiter,
        startFrom,
      },
    };
  }

  #page({ blobs, folders, next }: Cut): ListPage {
    return {
      // Names that are no keys of ours (somebody else's blobs) are left out.
      objects: blobs.flatMap(({ name, size, etag }) => {
        const key = this.#base.relative(name);
        return key === undefined || key.endsWith("/") ? [] : [{ key, size, etag }];
      }),
      folders: folders.flatMap((name) => this.#base.relative(name) ?? []),
      ...(next === undefined ? {} : { next: encodePosition(next) }),
    };
  }

  /** A service older than `startFrom` is asked without it, now and from then on. */
  #withoutStartFrom(call: Call, answer: Answer): Verdict | undefined {
    const code = errorCodeOf(answer);
    if (answer.status !== 400 || !TOO_NEW.has(code) || !this.#knowsStartFrom) return undefined;
    this.#knowsStartFrom = false;
    const error = new BucketError("bucket/refused", `Cannot ${call.what}: ${code}`);
    return { kind: "again", error, afterMs: 0 };
  }
}
