/**
 * Which bucket at Google is meant.
 *
 * @module
 */
import { UsageError } from "../../../../errors.ts";
import { encodedPath } from "../http/encoding.ts";
import { pathOf, readParameters } from "../http/location.ts";
import { requireSafeTransport } from "../http/safe_transport.ts";

/** A place in a bucket. */
export interface GoogleAddress {
  /** The XML API, without a slash at the end. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Below which all keys lie; may be empty. */
  readonly prefix: string;
}

const ENDPOINT = "https://storage.googleapis.com";
/** Names with dots may be longer, each part of them may not. */
const BUCKET =
  /^(?=.{3,222}$)[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?)*$/;

/**
 * Reads `gs://bucket/prefix?endpoint=https://host`. Without `endpoint`, `GCS_ENDPOINT` may name
 * another host of the service, such as one of a private network.
 *
 * @throws {UsageError} `bucket/address`, `bucket/insecure`
 */
export function readGoogleAddress(
  location: string,
  variable: (name: string) => string | undefined,
): GoogleAddress {
  const url = URL.parse(location);
  const isOurs = url?.protocol === "gs:" && url.username === "" && url.password === "";
  if (!isOurs || url.port !== "" || url.hash !== "") {
    throw unusable("it is not of the form gs://bucket/prefix");
  }
  const parameters = readParameters(url, ["endpoint", "insecure"], unusable);
  // The host of a scheme that nobody knows is kept as it is, underscores and all.
  if (!BUCKET.test(url.hostname)) throw unusable("there can be no bucket of that name");
  const endpoint = URL.parse(parameters.get("endpoint") ?? variable("GCS_ENDPOINT") ?? ENDPOINT);
  if (endpoint === null || !isOrigin(endpoint)) throw unusable("its endpoint is no origin");
  requireSafeTransport(endpoint, parameters.get("insecure"));
  return { endpoint: endpoint.origin, bucket: url.hostname, prefix: pathOf(url, unusable) };
}

/** The address as a URL. */
export function googleUrl({ bucket, prefix }: GoogleAddress): string {
  return `gs://${bucket}${prefix === "" ? "" : `/${encodedPath(prefix)}`}`;
}

function isOrigin({ origin, href }: URL): boolean {
  return href === `${origin}/`;
}

function unusable(state: string): UsageError {
  return new UsageError("bucket/address", `Cannot use the Google bucket's URL: ${state}`, {
    hint: "gs://bucket/prefix",
  });
}
