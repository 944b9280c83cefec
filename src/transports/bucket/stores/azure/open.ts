/**
 * Opening a bucket in Azure Blob Storage.
 *
 * @module
 */
import type { Bucket } from "../contract.ts";
import { PATIENCE } from "../patience.ts";
import { variable, type World } from "../world.ts";
import { readAzureAddress } from "./address.ts";
import { AzureBucket } from "./bucket.ts";

/**
 * Opens `az://container/prefix` or `https://<account>.blob.core.windows.net/container/prefix`.
 * Nothing is sent yet.
 *
 * @throws {UsageError} `bucket/address`, `bucket/insecure`
 * @throws {BucketError} `bucket/credentials`
 */
export function openAzure(location: string, world: World): Promise<Bucket> {
  const { clock, random, fetch, patience = PATIENCE } = world;
  return Promise.resolve().then(() => {
    const address = readAzureAddress(location, (name) => variable(world, name));
    return new AzureBucket(address, { clock, random, fetch, patience });
  });
}
