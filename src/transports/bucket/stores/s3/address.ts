/**
 * `s3://bucket/prefix?endpoint=...&region=...`: which bucket, where, and how it is spoken to.
 *
 * @module
 */
import { UsageError } from "../../../../errors.ts";
import { visible } from "../../../../text.ts";
import { isSafeTransport } from "../http/safe_transport.ts";
import type { ProfileSettings } from "./profile.ts";

/** A place in an S3 store. */
export interface S3Address {
  readonly bucket: string;
  /** The base of all keys, without slashes at its ends; may be empty. */
  readonly prefix: string;
  /** Undefined for Amazon's own, which follows from the region. */
  readonly endpoint: URL | undefined;
  readonly region: string;
  /** `path`: the bucket is the first part of the path; `virtual`: it is part of the host's name. */
  readonly style: "path" | "virtual";
}

/** What a URL says, before the environment and a profile fill in the rest. */
export interface S3Location {
  readonly bucket: string;
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly style: "path" | "virtual" | undefined;
  readonly profile: string | undefined;
  readonly transport: "https" | "insecure";
}

const PARAMETERS: ReadonlySet<string> = new Set([
  ...["endpoint", "region", "style", "profile", "insecure"],
]);
/** Stricter than some stores: these names are good in a host and in a path. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
const REGION = /^[A-Za-z0-9-]{1,64}$/;

/** @throws {UsageError} `bucket/address` */
export function parseS3Location(location: string): S3Location {
  const url = URL.parse(location);
  if (url === null || url.protocol !== "s3:") throw unusable("it is not s3://bucket/prefix");
  if (url.username !== "" || url.password !== "") {
    throw unusable("credentials do not belong into it", "Set AWS_ACCESS_KEY_ID and the others");
  }
  const { searchParams } = url;
  for (const name of searchParams.keys()) {
    if (PARAMETERS.has(name)) continue;
    const known = [...PARAMETERS].join(", ");
    throw unusable(
      `it has the unknown parameter ${visible(name).slice(0, 50)}`,
      `There is ${known}`,
    );
  }
  const bucket = url.host;
  if (!BUCKET.test(bucket)) throw unusable("its bucket's name is none that S3 knows");
  return {
    bucket,
    prefix: decodedPath(url),
    endpoint: searchParams.get("endpoint") ?? undefined,
    region: searchParams.get("region") ?? undefined,
    style: oneOf("style", searchParams.get("style"), ["path", "virtual"]),
    profile: searchParams.get("profile") ?? undefined,
    transport: oneOf("insecure", searchParams.get("insecure"), ["true", "false"]) === "true"
      ? "insecure"
      : "https",
  };
}

/**
 * The address: what the URL says, else the environment, else the profile, else Amazon's customs.
 *
 * @param variable reads the environment
 * @throws {UsageError} `bucket/address`, `bucket/insecure`
 */
export function resolveS3Address(
  location: S3Location,
  variable: (name: string) => string | undefined,
  profile: ProfileSettings,
): S3Address {
  const { bucket, prefix, transport } = location;
  const region = location.region ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ??
    profile.region ?? "us-east-1";
  if (!REGION.test(region)) throw unusable("its region is no name of one");
  const wanted = location.endpoint ?? variable("AWS_ENDPOINT_URL_S3") ??
    variable("AWS_ENDPOINT_URL") ?? profile.endpoint;
  const endpoint = wanted === undefined ? undefined : parseEndpoint(wanted);
  if (endpoint !== undefined) checkTransport(endpoint, transport);
  // A dot in the name is one level too many for Amazon's certificates.
  const customary = endpoint === undefined && !bucket.includes(".") ? "virtual" : "path";
  return { bucket, prefix, endpoint, region, style: location.style ?? customary };
}

/** Where objects of `address` lie, without a slash at the end. */
export function baseUrl({ bucket, endpoint, region, style }: S3Address): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(endpoint ?? `https://s3.${region}.${suffix}`);
  const path = url.pathname.replace(/\/+$/, "");
  return style === "path"
    ? `${url.origin}${path}/${bucket}`
    : `${url.protocol}//${bucket}.${url.host}${path}`;
}

/** Plain HTTP shows signatures and all content to whoever is on the way. */
function checkTransport(endpoint: URL, allowed: "https" | "insecure"): void {
  const isHttp = endpoint.protocol === "http:";
  if (isSafeTransport(endpoint) || (isHttp && allowed === "insecure")) return;
  throw new UsageError(
    "bucket/insecure",
    `Cannot use the endpoint ${endpoint.origin}: it is not https`,
    isHttp
      ? { hint: "Add insecure=true to the bucket's URL if nobody else is on that network" }
      : {},
  );
}

function parseEndpoint(text: string): URL {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  if (url === null || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw unusable("its endpoint is no URL of a host");
  }
  return url;
}

function decodedPath(url: URL): string {
  try {
    return decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  } catch {
    throw unusable("its path is not valid UTF-8");
  }
}

function oneOf<T extends string>(
  name: string,
  value: string | null,
  values: readonly T[],
): T | undefined {
  if (value === null) return undefined;
  const found = values.find((each) => each === value);
  if (found !== undefined) return found;
  throw unusable(`${name} is not ${values.join(" or ")}`);
}

function unusable(state: string, hint?: string): UsageError {
  return new UsageError(
    "bucket/address",
    `Cannot use the S3 bucket's URL: ${state}`,
    { hint: hint ?? "s3://bucket/prefix?endpoint=https://host&region=name" },
  );
}
