/**
 * Buckets at the test server.
 *
 * @module
 */
import { systemClock } from "../../../../../src/clock.ts";
import { GoogleBucket } from "../../../../../src/transports/bucket/stores/gcs/bucket.ts";
import type { GoogleCredential } from "../../../../../src/transports/bucket/stores/gcs/credentials.ts";
import type { Surroundings } from "../../../../../src/transports/bucket/stores/http/client.ts";
import { PATIENCE } from "../../../../../src/transports/bucket/stores/patience.ts";
import type { BucketStage } from "../../../../conformance/bucket.ts";
import { GoogleStorage, HMAC_KEY } from "../../../../harness/google_storage/server.ts";
import { USER } from "../../../../harness/google_storage/tokens.ts";

/** What a bucket of a test is made with; pauses are short. */
export const SURROUNDINGS: Surroundings = {
  clock: systemClock,
  random: Math.random,
  fetch: (url, init) => fetch(url, init),
  patience: { ...PATIENCE, pause: 1, longestPause: 1 },
};

/** The ways in. */
export type Way = "hmac" | "service_account" | "authorized_user" | "metadata";

/** A right credential of that kind. */
export function credentialOf(storage: GoogleStorage, way: Way): GoogleCredential {
  const { origin, tokens: { email, privateKey } } = storage;
  const tokenUri = `${origin}/token`;
  switch (way) {
    case "hmac":
      return { type: way, key: HMAC_KEY };
    case "service_account":
      return { type: way, email, privateKey, tokenUri, keyId: "key-1" };
    case "authorized_user":
      return {
        type: way,
        clientId: USER.client_id,
        clientSecret: USER.client_secret,
        refreshToken: USER.refresh_token,
        tokenUri,
      };
    case "metadata":
      return { type: way, origin };
  }
}

/** A bucket below `prefix`. */
export function openGoogle(
  storage: GoogleStorage,
  bucket: string,
  credential: GoogleCredential,
  prefix: string = "some base/x",
): GoogleBucket {
  return new GoogleBucket({ endpoint: storage.origin, bucket, prefix }, credential, SURROUNDINGS);
}

/** Empty buckets. */
export async function googleStage(way: Way): Promise<BucketStage> {
  const storage = await GoogleStorage.start();
  let made = 0;
  return {
    fresh() {
      const name = `bucket-${made++}`;
      storage.make(name);
      const open = () => openGoogle(storage, name, credentialOf(storage, way));
      const bucket = open();
      return Promise.resolve({
        bucket,
        abilities: { putIfAbsent: true, putIfMatch: true, delete: true },
        another: () => Promise.resolve(open()),
        [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose](),
      });
    },
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}
