/**
 * From what people write to a bucket: `s3://bucket/prefix`, `gs://...`, `az://...`, `file:///folder`
 * or a plain path. What a store needs is loaded when it is used.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { dirname, resolve } from "node:path";
import { UsageError } from "../../../errors.ts";
import { visible } from "../../../text.ts";
import type { Bucket } from "./contract.ts";
import type { OpenBucket, World } from "./world.ts";

/** By the scheme of a URL, in lower case and without its colon. */
const STORES: ReadonlyMap<string, () => Promise<OpenBucket>> = new Map([
  ["s3", async () => (await import("./s3/open.ts")).openS3],
  ["gs", async () => (await import("./gcs/open.ts")).openGoogle],
  ["az", async () => (await import("./azure/open.ts")).openAzure],
  // Azure's own form.
  ["https", async () => (await import("./azure/open.ts")).openAzure],
  ["file", () => Promise.resolve(openFile)],
]);

/**
 * Opens the bucket at `location`. A network's store is not asked anything yet.
 *
 * @throws {UsageError} `bucket/address` for what is no bucket; `bucket/insecure` for an endpoint
 *   without TLS
 * @throws {BucketError} `bucket/credentials` when there are none; for folders see `openFolder`
 */
export async function openBucket(location: string, world: World): Promise<Bucket> {
  if (location === "") throw unusable("it is empty");
  const scheme = schemeOf(location);
  if (scheme === undefined) return await openPath(resolve(world.cwd, location), world);
  const load = STORES.get(scheme);
  if (load === undefined) throw unknownScheme(scheme);
  const open = await load();
  return await open(location, world);
}

/** Whether `location` is a URL rather than a path; its scheme then. */
function schemeOf(location: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(location)?.[1]?.toLowerCase();
}

async function openFile(location: string, world: World): Promise<Bucket> {
  const url = URL.parse(location);
  const isLocal = url !== null && /^file:\/\//i.test(location) && url.host === "";
  if (!isLocal || url.search !== "" || url.hash !== "") {
    throw unusable("a folder's URL is file:///path, without a host, ? or #");
  }
  try {
    return await openPath(fileURLToPath(url), world);
  } catch (error) {
    // An encoded slash, or what is not UTF-8.
    if (error instanceof TypeError || error instanceof URIError) {
      throw unusable("its path is none of this machine");
    }
    throw error;
  }
}

async function openPath(path: string, world: World): Promise<Bucket> {
  // `file://` and a variable that is empty.
  if (dirname(path) === path) {
    throw unusable("that is everything on this machine", "Name a folder of its own");
  }
  const { openFolder } = await import("./local/open.ts");
  return await openFolder(path, world);
}

function unknownScheme(scheme: string): UsageError {
  const similar: Readonly<Record<string, string>> = {
    s3a: "s3",
    s3n: "s3",
    gcs: "gs",
    azure: "az",
    abfs: "az",
    wasb: "az",
    ...{ sftp: "a mounted folder", smb: "a mounted folder", nfs: "a mounted folder" },
  };
  const meant = similar[scheme];
  const known = ["s3", "gs", "az", "file"].map((name) => `${name}://`).join(", ");
  return unusable(
    `there is no store for ${visible(scheme).slice(0, 30)}:`,
    meant === undefined ? `There is ${known} and the path of a folder` : `Use ${meant}`,
  );
}

function unusable(state: string, hint?: string): UsageError {
  return new UsageError(
    "bucket/address",
    `Cannot open the bucket: ${state}`,
    hint === undefined ? {} : { hint },
  );
}
