/**
 * Requests to the Blob service, each with its version, its date and its signature.
 *
 * @module
 */
import { BucketError } from "../errors.ts";
import { md5Of } from "../http/digest_check.ts";
import { encodedPath, encodedQuery } from "../http/encoding.ts";
import type { Answer, HttpRequest, Verdict } from "../http/exchange.ts";
import type { ServerClock } from "../http/server_clock.ts";
import type { AzureAddress } from "./address.ts";
import { errorCodeOf, judgeAzure } from "./faults.ts";
import { sharedKeyAuthorization } from "./shared_key.ts";

/** Known to every service and emulator, for years. */
const VERSION = "2021-12-02";
/** The first one with `startFrom` in listings. */
const START_FROM_VERSION = "2026-02-06";

/** What a request is about: a blob by its full name, else the container. */
export interface RequestParts {
  readonly method: HttpRequest["method"];
  readonly name?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Uint8Array<ArrayBuffer>;
}

/** See the module's description. */
export class AzureRequests {
  readonly #address: AzureAddress;
  readonly #time: ServerClock;

  constructor(address: AzureAddress, time: ServerClock) {
    this.#address = address;
    this.#time = time;
  }

  make(parts: RequestParts): HttpRequest {
    const { method, content } = parts;
    const url = this.#url(parts);
    const headers: Record<string, string> = {
      "x-ms-version": parts.query?.["startFrom"] === undefined ? VERSION : START_FROM_VERSION,
      "x-ms-date": new Date(this.#time.now()).toUTCString(),
      // Compressed on the way it would not be as long as announced.
      "Accept-Encoding": "identity",
      ...parts.headers,
      ...(content === undefined ? {} : contentHeaders(content)),
    };
    const { account, credential } = this.#address;
    if (credential.kind === "shared-key") {
      headers["Authorization"] = sharedKeyAuthorization(
        { method, url, headers: new Headers(headers), length: content?.length ?? 0 },
        account,
        credential.key,
      );
    }
    return { method, url: url.href, headers, ...(content === undefined ? {} : { body: content }) };
  }

  /**
   * The verdict on an answer with an error. A signature that was refused for this machine's clock
   * is made anew with the store's.
   */
  judge(what: string, answer: Answer): Verdict {
    const verdict = judgeAzure(what, answer, this.#time.now());
    if (verdict.kind === "again" || errorCodeOf(answer) !== "AuthenticationFailed") return verdict;
    const isTimed = this.#address.credential.kind === "shared-key";
    if (isTimed && this.#time.correct(answer.headers)) {
      return { kind: "again", error: verdict.error, afterMs: 0 };
    }
    return this.#expired(what) ?? verdict;
  }

  /** What to say when the shared access signature's own end has passed. */
  #expired(what: string): Verdict | undefined {
    const { credential } = this.#address;
    if (credential.kind !== "sas") return undefined;
    const end = Date.parse(new URLSearchParams(credential.query).get("se") ?? "");
    if (Number.isNaN(end) || end > this.#time.now()) return undefined;
    const state = `the shared access signature expired on ${new Date(end).toISOString()}`;
    const error = new BucketError("bucket/credentials", `Cannot ${what}: ${state}`, {
      hint: "Make a new one and set it in place of the old one.",
    });
    return { kind: "fail", error };
  }

  #url({ name, query = {} }: RequestParts): URL {
    const { endpoint, container, credential } = this.#address;
    const path = name === undefined ? "" : `/${encodedPath(name)}`;
    const own = name === undefined ? { restype: "container", ...query } : query;
    const search = [encodedQuery(own), credential.kind === "sas" ? credential.query : ""]
      .filter((part) => part !== "").join("&");
    return new URL(`${endpoint}/${container}${path}${search === "" ? "" : `?${search}`}`);
  }
}

function contentHeaders(content: Uint8Array<ArrayBuffer>): Record<string, string> {
  return {
    "Content-Type": "application/octet-stream",
    // The service compares it with what came.
    "Content-MD5": md5Of(content),
    "x-ms-blob-type": "BlockBlob",
  };
}
