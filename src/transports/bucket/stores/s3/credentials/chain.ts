/**
 * Credentials from the first place that has some, fetched again before they expire.
 *
 * @module
 */
import { getLogger } from "../../../../../log.ts";
import { BucketError } from "../../errors.ts";
import type { Credentials, CredentialSource } from "./contract.ts";

/** Credentials are fetched again when they last no longer than this, milliseconds. */
const EARLY = 5 * 60_000;

/** See the module's description. */
export class CredentialChain {
  readonly #sources: readonly CredentialSource[];
  readonly #now: () => number;
  #found: { readonly credentials: Credentials; readonly source: CredentialSource } | undefined;
  #loading: Promise<Credentials> | undefined;

  /** @param now milliseconds since the epoch, as the store counts them */
  constructor(sources: readonly CredentialSource[], now: () => number) {
    this.#sources = sources;
    this.#now = now;
  }

  /** @throws {BucketError} `bucket/credentials` when there are none */
  async get(): Promise<Credentials> {
    const found = this.#found;
    const left = (found?.credentials.expiresAt ?? Number.POSITIVE_INFINITY) - this.#now();
    if (found !== undefined && left > EARLY) return found.credentials;
    try {
      return await this.#load();
    } catch (error) {
      if (found === undefined || left <= 0) throw error;
      getLogger(["bucket"]).warn("Credentials from {source} cannot be renewed yet: {reason}", {
        source: found.source.name,
        reason: error instanceof BucketError ? error.message : "for an unexpected reason",
      });
      return found.credentials;
    }
  }

  /** The store does not accept `refused`: the next {@linkcode get} looks for others. */
  forget(refused: Credentials): void {
    if (this.#found?.credentials === refused) this.#found = undefined;
  }

  #load(): Promise<Credentials> {
    this.#loading ??= this.#search().finally(() => this.#loading = undefined);
    return this.#loading;
  }

  async #search(): Promise<Credentials> {
    for (const source of this.#sources) {
      const credentials = await source.load();
      if (credentials === undefined) continue;
      if (this.#found?.source !== source) {
        getLogger(["bucket"]).debug("Credentials come from {source}", { source: source.name });
      }
      this.#found = { credentials, source };
      return credentials;
    }
    throw new BucketError(
      "bucket/credentials",
      "Cannot use the S3 bucket: there are no credentials",
      {
        hint:
          "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or keep a profile in ~/.aws/credentials",
      },
    );
  }
}
