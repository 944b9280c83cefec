/**
 * The stores that a sync is measured with.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { RadosGateway } from "../../harness/radosgw.ts";
import type { Bench } from "../contract.ts";
import { Unavailable } from "../setup/unavailable.ts";
import { openStore } from "./opening.ts";

/** A store and fresh places in it. */
export interface Store extends AsyncDisposable {
  readonly name: string;
  /** What programs need in their environment to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The URL of an empty place. */
  fresh(): Promise<string>;
}

/** A folder on the disk of the project, and Ceph's S3 when it can be had. */
export async function openStores(bench: Bench): Promise<Store[]> {
  return [folderStore(bench), ...await gatewayStore(bench)];
}

function folderStore(bench: Bench): Store {
  return {
    name: "a local folder",
    environment: {},
    fresh: async () => pathToFileURL(await bench.folder("bucket")).href,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function gatewayStore(bench: Bench): Promise<Store[]> {
  try {
    await bench.tools.system("radosgw");
    await bench.say("Starting Ceph's object gateway");
    const gateway = await RadosGateway.start();
    await gateway.makeBucket("bench");
    await warmUp(gateway);
    let places = 0;
    return [{
      name: "S3 of Ceph",
      environment: gateway.environment,
      fresh: () => Promise.resolve(`s3://bench/${places++}?endpoint=${gateway.endpoint}`),
      [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
    }];
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    bench.notMeasured("sync with S3", error.message);
    return [];
  }
}

/** With the first object that it is given a gateway makes its pools, which takes a second or more. */
async function warmUp(gateway: RadosGateway): Promise<void> {
  const location = `s3://bench/warm?endpoint=${gateway.endpoint}`;
  await using bucket = await openStore(location, gateway.environment);
  await bucket.put("object", new Uint8Array(1));
  await bucket.delete("object");
}
