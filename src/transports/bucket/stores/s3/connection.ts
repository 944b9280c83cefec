/**
 * Signed exchanges with one S3 bucket: knows who we are, where the bucket is and what time it is
 * there, and puts right what it can of that.
 *
 * @module
 */
import { getLogger } from "../../../../log.ts";
import type { Call } from "../call.ts";
import type { HttpClient } from "../http/client.ts";
import { encodedPath, encodedQuery } from "../http/encoding.ts";
import type { Answer, Exchange, Verdict } from "../http/exchange.ts";
import type { ServerClock } from "../http/server_clock.ts";
import { baseUrl, type S3Address } from "./address.ts";
import type { CredentialChain } from "./credentials/chain.ts";
import type { Credentials } from "./credentials/contract.ts";
import { signed, SigningKeys, type Unsigned } from "./signing.ts";
import { judgeS3 } from "./verdict.ts";

/** A request below the bucket. */
export interface S3Request extends Omit<Unsigned, "url"> {
  /** The full key; absent for the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Statuses that are handed to the caller. */
  readonly accepts: readonly number[];
  readonly maxBytes?: number;
  /** Looked at before S3's errors are judged as usual. */
  readonly judge?: (answer: Answer) => Verdict | undefined;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly address: S3Address;
  readonly http: HttpClient;
  /** Fetches credentials where that is done over HTTP. */
  readonly credentialsHttp: HttpClient;
  readonly credentials: CredentialChain;
  readonly clock: ServerClock;
}

/** See the module's description. */
export class S3Connection {
  readonly http: HttpClient;
  readonly #parts: ConnectionParts;
  readonly #keys = new SigningKeys();
  #address: S3Address;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.http = parts.http;
    this.#address = parts.address;
  }

  /** The exchange for one call. Make a new one for each. */
  exchange(call: Call, request: S3Request): Exchange {
    const { credentials, clock } = this.#parts;
    let used: Credentials | undefined;
    let renewed = false;
    const remedies = {
      clock,
      renewCredentials: () => {
        if (renewed || used === undefined) return false;
        credentials.forget(used);
        renewed = true;
        return true;
      },
      moveTo: (region: string) => this.#moveTo(region),
    };
    return {
      accepts: request.accepts,
      ...(request.maxBytes === undefined ? {} : { maxBytes: request.maxBytes }),
      request: async () => {
        used = await credentials.get();
        const url = this.#url(request);
        return await signed({ ...request, url }, {
          credentials: used,
          region: this.#address.region,
          now: clock.now(),
          keys: this.#keys,
        });
      },
      judge: (answer) =>
        request.judge?.(answer) ?? judgeS3(call.what, answer, remedies, clock.now()),
    };
  }

  /** Ends every call. */
  close(): void {
    this.http.calls.close();
    this.#parts.credentialsHttp.calls.close();
  }

  #url({ key, query }: S3Request): string {
    const base = baseUrl(this.#address);
    // A host alone needs the slash; a bucket in the path must not have one on some stores.
    const path = key === undefined ? "" : `/${encodedPath(key)}`;
    return `${base}${path}${query === undefined ? "" : `?${encodedQuery(query)}`}`;
  }

  /** An endpoint that was given stays; Amazon's own follows. */
  #moveTo(region: string): boolean {
    if (region === this.#address.region || !/^[a-z0-9-]{1,64}$/.test(region)) return false;
    getLogger(["bucket"]).info("The bucket is in the region {region}, not in {assumed}", {
      region,
      assumed: this.#address.region,
    });
    this.#address = { ...this.#address, region };
    return true;
  }
}
