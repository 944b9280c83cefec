/**
 * Opening a bucket in an S3 store.
 *
 * @module
 */
import type { Bucket } from "../contract.ts";
import { HttpClient } from "../http/client.ts";
import { ServerClock } from "../http/server_clock.ts";
import { PATIENCE, type Patience } from "../patience.ts";
import { variable, type World } from "../world.ts";
import { parseS3Location, resolveS3Address, type S3Location } from "./address.ts";
import { S3Bucket } from "./bucket.ts";
import { S3Connection } from "./connection.ts";
import { CredentialChain } from "./credentials/chain.ts";
import { containerSource } from "./credentials/container.ts";
import type { CredentialSource } from "./credentials/contract.ts";
import { instanceSource } from "./credentials/instance.ts";
import { environmentSource, profileSource } from "./credentials/local.ts";
import { webIdentitySource } from "./credentials/web_identity.ts";
import { readProfile } from "./profile.ts";

/** Who hands out credentials is near; where nobody does, that must not take long. */
const CREDENTIALS_PATIENCE: Patience = {
  ...PATIENCE,
  deadline: 10_000,
  attempt: 2_000,
  attempts: 3,
};

/**
 * Opens `s3://bucket/prefix?...`. Nothing is sent yet: that there is no such bucket, or that the
 * credentials are wrong, is found by the first call.
 *
 * @throws {UsageError} `bucket/address`, `bucket/insecure`
 */
export async function openS3(text: string, world: World): Promise<Bucket> {
  const location = parseS3Location(text);
  const profile = await readProfile(world, location.profile);
  const address = resolveS3Address(location, (name) => variable(world, name), profile);
  const { clock, random, fetch, patience = PATIENCE } = world;
  const http = new HttpClient({ clock, random, fetch, patience });
  const credentialsHttp = new HttpClient({ clock, random, fetch, patience: CREDENTIALS_PATIENCE });
  const serverClock = new ServerClock(clock);
  const sources = sourcesOf(location, address.region, world, credentialsHttp);
  const credentials = new CredentialChain(sources, () => serverClock.now());
  const connection = new S3Connection({
    address,
    http,
    credentialsHttp,
    credentials,
    clock: serverClock,
  });
  return new S3Bucket(shownUrl(location), address.prefix, connection);
}

/** A profile that the URL names is meant, whatever else there is. */
function sourcesOf(
  location: S3Location,
  region: string,
  world: World,
  http: HttpClient,
): CredentialSource[] {
  if (location.profile !== undefined) return [profileSource(world, location.profile)];
  return [
    environmentSource(world),
    webIdentitySource(world, region, http),
    profileSource(world),
    containerSource(world, http),
    instanceSource(world, http),
  ];
}

function shownUrl({ bucket, prefix, endpoint }: S3Location): string {
  const url = new URL(`s3://${bucket}/${prefix}`);
  if (endpoint !== undefined) url.searchParams.set("endpoint", endpoint);
  return url.href;
}
