/**
 * Which container is meant, and with which right: from the bucket's URL and the environment.
 *
 * @module
 */
import { UsageError } from "../../../../errors.ts";
import { BucketError } from "../errors.ts";
import { encodedPath } from "../http/encoding.ts";
import { pathOf, readParameters } from "../http/location.ts";
import { requireSafeTransport } from "../http/safe_transport.ts";
import { type ConnectionString, readConnectionString } from "./connection_string.ts";

/** How requests prove who they are from. */
export type AzureCredential =
  /** The account's key, decoded. It may do everything. */
  | { readonly kind: "shared-key"; readonly key: Uint8Array }
  /** A shared access signature, as a query string without `?`. */
  | { readonly kind: "sas"; readonly query: string };

/** A place in a container. */
export interface AzureAddress {
  readonly account: string;
  /** The blob service, without a slash at the end; with the account in the path on emulators. */
  readonly endpoint: string;
  readonly container: string;
  /** Below which all keys lie; may be empty. */
  readonly prefix: string;
  readonly credential: AzureCredential;
}

/** Reads one variable of the environment; undefined when it is not set. */
export type Variable = (name: string) => string | undefined;

/** A URL is shown in lists of processes and kept by shells. */
const SAS_HINT = "Set AZURE_STORAGE_SAS_TOKEN in the environment, what stands behind the ?.";

/** Lower case, digits and single hyphens; `$root` and the like are no place for a history. */
const CONTAINER = /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const LITERAL_HOST = /^(\d+(\.\d+){3}|\[.*\]|localhost)$/;

/**
 * Reads `az://container/prefix`, or `https://<account>.blob.core.windows.net/container/prefix`.
 *
 * Credentials come from `AZURE_STORAGE_CONNECTION_STRING`, else from `AZURE_STORAGE_ACCOUNT` with
 * `AZURE_STORAGE_KEY` or `AZURE_STORAGE_SAS_TOKEN`. What is meant for one account is never sent to
 * another's host.
 *
 * @throws {UsageError} `bucket/address` when the URL or a variable is wrong, `bucket/insecure`
 * @throws {BucketError} `bucket/credentials` when there are none
 */
export function readAzureAddress(location: string, variable: Variable): AzureAddress {
  const url = URL.parse(location);
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") {
    throw unusable("it is not a URL of the form az://container/prefix");
  }
  const known = fromEnvironment(variable);
  const place = url.protocol === "az:" ? underAccount(url, known) : underHost(url, known);
  if (!CONTAINER.test(place.container)) throw unusable("its container cannot be one of Azure's");
  const endpoint = URL.parse(place.endpoint);
  if (endpoint === null) throw unusable("the endpoint of its account is no URL");
  // A signature in a URL, and all content, would be readable on the way.
  const { searchParams } = url;
  requireSafeTransport(endpoint, searchParams.get("insecure") ?? undefined);
  return place;
}

/** The address as a URL, without its credential. */
export function azureUrl({ endpoint, container, prefix }: AzureAddress): string {
  const path = prefix === "" ? "" : `/${encodedPath(prefix)}`;
  return `${endpoint}/${container}${path}`;
}

function fromEnvironment(variable: Variable): ConnectionString | undefined {
  const set = (name: string) => variable(name) || undefined;
  const whole = set("AZURE_STORAGE_CONNECTION_STRING");
  if (whole !== undefined) return readConnectionString(whole);
  const account = set("AZURE_STORAGE_ACCOUNT");
  if (account === undefined) return undefined;
  const key = set("AZURE_STORAGE_KEY");
  const sas = set("AZURE_STORAGE_SAS_TOKEN")?.replace(/^\?/, "");
  const endpoint = set("AZURE_STORAGE_SERVICE_ENDPOINT") ??
    `https://${account}.blob.core.windows.net`;
  return {
    account,
    endpoint: endpoint.replace(/\/+$/, ""),
    ...(key === undefined ? {} : { key }),
    ...(sas === undefined ? {} : { sas }),
  };
}

/** `az://container/prefix`: the environment says whose container it is. */
function underAccount(url: URL, known: ConnectionString | undefined): AzureAddress {
  readParameters(url, ["insecure"], unusable);
  if (known === undefined) throw unauthenticated("no storage account is set");
  const { account, endpoint } = known;
  const container = url.host;
  return {
    account,
    endpoint,
    container,
    prefix: pathOf(url, unusable),
    credential: credentialOf(known),
  };
}

/** `https://...`: the URL says where, the environment with which right. */
function underHost(url: URL, known: ConnectionString | undefined): AzureAddress {
  if (url.searchParams.has("sig")) throw unusable("a signature does not belong into it", SAS_HINT);
  readParameters(url, ["insecure"], unusable);
  const parts = pathOf(url, unusable).split("/");
  const inPath = LITERAL_HOST.test(url.hostname);
  const owner = inPath ? parts.shift() ?? "" : ownerOf(url);
  const endpoint = inPath ? `${url.origin}/${owner}` : url.origin;
  const [container = "", ...prefix] = parts;
  // What is meant for one account is not for another's host.
  if (known?.endpoint !== endpoint) throw unauthenticated("no key is set for its account");
  const account = known.account || owner;
  const credential = credentialOf(known);
  return { account, endpoint, container, prefix: prefix.join("/"), credential };
}

function ownerOf(url: URL): string {
  return /^([a-z0-9]{3,24})(-secondary)?\.blob\./.exec(url.hostname)?.[1] ?? "";
}

function credentialOf({ account, key, sas }: ConnectionString): AzureCredential {
  if (key !== undefined) {
    if (account === "") throw unusable("a key needs AccountName beside it");
    return { kind: "shared-key", key: decodedKey(key) };
  }
  if (sas !== undefined) return { kind: "sas", query: sas };
  throw unauthenticated("neither a key nor a shared access signature is set");
}

function decodedKey(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    throw new UsageError("bucket/address", "Cannot use the storage account's key: not base64");
  }
}

function unusable(state: string, hint = "az://container/prefix"): UsageError {
  return new UsageError("bucket/address", `Cannot use the Azure bucket's URL: ${state}`, { hint });
}

function unauthenticated(state: string): BucketError {
  return new BucketError("bucket/credentials", `Cannot use the Azure bucket: ${state}`, {
    hint: "Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY.",
  });
}
