/**
 * How a bucket at Google is opened: what the environment and its files say.
 *
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 * @module
 */
import { join } from "node:path";
import { UsageError } from "../../../../errors.ts";
import { visible } from "../../../../text.ts";
import { variable, type World } from "../world.ts";
import type { HmacKey } from "./hmac.ts";
import type { AuthorizedUser, ServiceAccount } from "./token_sources.ts";
import { jsonFields } from "./tokens.ts";
import { isSafeTransport } from "../http/safe_transport.ts";

/** One way in. */
export type GoogleCredential =
  | { readonly type: "hmac"; readonly key: HmacKey }
  | ServiceAccount
  | AuthorizedUser
  /** Whatever account the machine at Google runs as. */
  | { readonly type: "metadata"; readonly origin: string };

/** What credentials are looked for in. */
export type CredentialSurroundings = Pick<World, "environment" | "readFile">;

/** Where a person's own token endpoint is. */
const TOKEN_URI = "https://oauth2.googleapis.com/token";
const METADATA_HOST = "metadata.google.internal";
/** Key files have 2.5 KiB. */
const FILE_LENGTH = 65_536;

/**
 * The first of: an HMAC key (`GCS_HMAC_ACCESS_ID` and `GCS_HMAC_SECRET`), the file that
 * `GOOGLE_APPLICATION_CREDENTIALS` names, the file that `gcloud auth application-default login`
 * leaves, the machine's metadata server (`GCE_METADATA_HOST`).
 *
 * @throws {UsageError} `bucket/address` when one is given, but cannot be used; never quotes it
 */
export async function findGoogleCredential(
  surroundings: CredentialSurroundings,
): Promise<GoogleCredential> {
  const set = (name: string) => variable(surroundings, name);
  const accessId = set("GCS_HMAC_ACCESS_ID");
  const secret = set("GCS_HMAC_SECRET");
  if (accessId !== undefined && secret !== undefined) {
    return { type: "hmac", key: { accessId, secret } };
  }
  if (accessId !== undefined || secret !== undefined) {
    throw unusable("of GCS_HMAC_ACCESS_ID and GCS_HMAC_SECRET only one is set");
  }
  const named = set("GOOGLE_APPLICATION_CREDENTIALS");
  if (named !== undefined) {
    const file = await readIfThere(surroundings, named);
    if (file === undefined) throw unusable(`there is no file ${visible(named)}`);
    return readCredentialFile(file);
  }
  const left = wellKnownFile(set);
  const file = left === undefined ? undefined : await readIfThere(surroundings, left);
  if (file !== undefined) return readCredentialFile(file);
  return { type: "metadata", origin: `http://${set("GCE_METADATA_HOST") ?? METADATA_HOST}` };
}

function wellKnownFile(set: (name: string) => string | undefined): string | undefined {
  const own = set("CLOUDSDK_CONFIG");
  const home = set("HOME");
  const roaming = set("APPDATA");
  const folder = own ??
    (roaming !== undefined
      ? join(roaming, "gcloud")
      : home !== undefined
      ? join(home, ".config", "gcloud")
      : undefined);
  return folder === undefined ? undefined : join(folder, "application_default_credentials.json");
}

async function readIfThere(
  { readFile }: CredentialSurroundings,
  path: string,
): Promise<string | undefined> {
  try {
    return await readFile(path);
  } catch {
    throw unusable(`the file ${visible(path)} cannot be read`);
  }
}

/** @throws {UsageError} `bucket/address`; never quotes the file */
export function readCredentialFile(file: string): GoogleCredential {
  if (file.length > FILE_LENGTH) throw unusable("their file is too long to be one");
  const fields = jsonFields(file);
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== "string" || value === "") throw unusable(`their file has no ${name}`);
    return value;
  };
  const type = fields["type"];
  if (type === "service_account") {
    const keyId = fields["private_key_id"];
    return {
      type,
      email: text("client_email"),
      privateKey: text("private_key"),
      tokenUri: safeUri(fields["token_uri"] === undefined ? TOKEN_URI : text("token_uri")),
      ...(typeof keyId === "string" ? { keyId } : {}),
    };
  }
  if (type === "authorized_user") {
    return {
      type,
      clientId: text("client_id"),
      clientSecret: text("client_secret"),
      refreshToken: text("refresh_token"),
      tokenUri: safeUri(fields["token_uri"] === undefined ? TOKEN_URI : text("token_uri")),
    };
  }
  throw unusable(
    type === "external_account" || type === "impersonated_service_account"
      ? `files of the type ${type} are not supported`
      : "their file is neither a service account's nor a user's",
  );
}

function safeUri(text: string): string {
  const url = URL.parse(text);
  if (url === null || !isSafeTransport(url)) throw unusable("their token_uri is not https");
  return url.href;
}

function unusable(state: string): UsageError {
  return new UsageError("bucket/address", `Cannot use the Google credentials: ${state}`, {
    hint: "Set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file.",
  });
}
