/**
 * Buckets in a running Azurite.
 *
 * @module
 */
import { createHmac, randomUUID } from "node:crypto";
import { systemClock } from "../../../../../src/clock.ts";
import { readAzureAddress } from "../../../../../src/transports/bucket/stores/azure/address.ts";
import { AzureBucket } from "../../../../../src/transports/bucket/stores/azure/bucket.ts";
import type { Surroundings } from "../../../../../src/transports/bucket/stores/http/client.ts";
import { PATIENCE } from "../../../../../src/transports/bucket/stores/patience.ts";
import type { BucketStage } from "../../../../conformance/bucket.ts";
import { type Azurite, startAzurite } from "../../../../harness/azurite.ts";

/** What a bucket of a test is made with. */
export const SURROUNDINGS: Surroundings = {
  clock: systemClock,
  random: Math.random,
  fetch: (url, init) => fetch(url, init),
  patience: PATIENCE,
};

/** What an account's shared access signature allows. */
export interface SasOptions {
  /** Milliseconds since the epoch. */
  readonly expires?: number;
  /** Letters of permissions. */
  readonly permissions?: string;
}

/**
 * An account SAS, written from its documentation.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/create-account-sas
 */
export function sasOf(azurite: Azurite, options: SasOptions = {}): string {
  const { expires = Date.now() + 3_600_000, permissions = "rwdlacx" } = options;
  const end = `${new Date(expires).toISOString().slice(0, 19)}Z`;
  const fields = { sv: "2021-12-02", ss: "b", srt: "sco", sp: permissions, se: end };
  const { sv, ss, srt, sp, se } = fields;
  // Start, addresses, protocol and encryption scope are left open.
  const lines = [azurite.account, sp, ss, srt, "", se, "", "", sv, "", ""];
  const signature = createHmac("sha256", Uint8Array.fromBase64(azurite.key))
    .update(lines.join("\n")).digest("base64");
  return new URLSearchParams({ ...fields, sig: signature }).toString();
}

/** Makes a container with a name of its own; its name. */
export async function makeContainer(azurite: Azurite): Promise<string> {
  const name = `test-${randomUUID()}`;
  const url = `${azurite.endpoint}/${name}?restype=container&${sasOf(azurite)}`;
  const response = await fetch(url, { method: "PUT", headers: { "x-ms-version": "2021-12-02" } });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`no container: ${response.status} ${text}`);
  return name;
}

/** A connection string with the key or with a signature. */
export function connectionString(
  azurite: Azurite,
  way: "shared key" | "signature",
  options: SasOptions = {},
): string {
  const { account, key, endpoint } = azurite;
  return way === "shared key"
    ? `AccountName=${account};AccountKey=${key};BlobEndpoint=${endpoint};`
    : `BlobEndpoint=${endpoint};SharedAccessSignature=${sasOf(azurite, options)}`;
}

/** A bucket at `location` by that connection string. */
export function openAzure(location: string, connection: string): AzureBucket {
  const variables = new Map([["AZURE_STORAGE_CONNECTION_STRING", connection]]);
  const address = readAzureAddress(location, (name) => variables.get(name));
  return new AzureBucket(address, SURROUNDINGS);
}

/** Empty buckets, each below a base of its own. */
export async function azureStage(way: "shared key" | "signature"): Promise<BucketStage> {
  const azurite = await startAzurite();
  const connection = connectionString(azurite, way);
  return {
    async fresh() {
      const container = await makeContainer(azurite);
      const open = () => openAzure(`az://${container}/some base/x`, connection);
      const bucket = open();
      return {
        bucket,
        abilities: { putIfAbsent: true, putIfMatch: true, delete: true },
        pageOrder: "utf-16",
        another: () => Promise.resolve(open()),
        [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => azurite[Symbol.asyncDispose](),
  };
}
