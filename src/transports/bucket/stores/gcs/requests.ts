/**
 * Requests to Google's XML API, with a token or a signature.
 *
 * @module
 */
import { encodedPath, encodedQuery } from "../http/encoding.ts";
import type { HttpRequest } from "../http/exchange.ts";
import type { GoogleAddress } from "./address.ts";
import type { Authority } from "./authority.ts";
import { crc32cOf } from "./crc32c.ts";
import { signedHeaders } from "./hmac.ts";

/** What a request is about: an object by its full name, or a listing. */
export interface RequestParts {
  readonly method: HttpRequest["method"];
  readonly name?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Uint8Array<ArrayBuffer>;
}

/** The request, and the token that it carries, if any. */
export interface MadeRequest {
  readonly request: HttpRequest;
  readonly token?: string;
}

/** See the module's description. */
export class GoogleRequests {
  readonly #address: GoogleAddress;
  readonly #authority: Authority;

  constructor(address: GoogleAddress, authority: Authority) {
    this.#address = address;
    this.#authority = authority;
  }

  /** @throws {BucketError} when no token can be had */
  async make({ method, name, query = {}, headers, content }: RequestParts): Promise<MadeRequest> {
    const { endpoint, bucket } = this.#address;
    const path = name === undefined ? "" : `/${encodedPath(name)}`;
    const search = encodedQuery(query);
    const url = new URL(`${endpoint}/${bucket}${path}${search === "" ? "" : `?${search}`}`);
    const plain: Record<string, string> = {
      // Compressed on the way it would not be as long as announced.
      "accept-encoding": "identity",
      ...headers,
      ...(content === undefined ? {} : contentHeaders(content)),
    };
    const body = content === undefined ? {} : { body: content };
    const made = (all: Record<string, string>): HttpRequest => ({
      method,
      url: url.href,
      headers: all,
      ...body,
    });
    if (this.#authority.kind === "hmac") {
      const { key, clock } = this.#authority;
      const request = { method, url, headers: plain, ...body };
      return { request: made(signedHeaders(request, key, clock.now())) };
    }
    const token = await this.#authority.tokens.get();
    return { request: made({ ...plain, authorization: `Bearer ${token}` }), token };
  }
}

function contentHeaders(content: Uint8Array<ArrayBuffer>): Record<string, string> {
  return {
    "content-type": "application/octet-stream",
    // The service compares it with what came.
    "x-goog-hash": `crc32c=${crc32cOf(content)}`,
  };
}
