/**
 * Opening a bucket in Google Cloud Storage.
 *
 * @module
 */
import type { Bucket } from "../contract.ts";
import { PATIENCE } from "../patience.ts";
import { variable, type World } from "../world.ts";
import { readGoogleAddress } from "./address.ts";
import { GoogleBucket } from "./bucket.ts";
import { findGoogleCredential } from "./credentials.ts";

/**
 * Opens `gs://bucket/prefix?...`. Nothing is sent yet.
 *
 * @throws {UsageError} `bucket/address`, `bucket/insecure`
 */
export async function openGoogle(location: string, world: World): Promise<Bucket> {
  const { clock, random, fetch, patience = PATIENCE } = world;
  const address = readGoogleAddress(location, (name) => variable(world, name));
  const credential = await findGoogleCredential(world);
  return new GoogleBucket(address, credential, { clock, random, fetch, patience });
}
