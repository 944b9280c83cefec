/**
 * Azure storage connection strings: `Name=value` pairs, divided by `;`, as the portal gives them.
 *
 * @module
 */
import { UsageError } from "../../../../errors.ts";

/** What of a connection string concerns blobs. */
export interface ConnectionString {
  /** Empty when only a SAS and an endpoint are given and the endpoint does not tell. */
  readonly account: string;
  /** The blob service, without a slash at the end. */
  readonly endpoint: string;
  /** Base64. */
  readonly key?: string;
  /** A shared access signature, without a leading `?`. */
  readonly sas?: string;
}

/**
 * The account of every emulator. Its key is public: it protects nothing.
 *
 * @see https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
 */
export const DEVELOPMENT_ACCOUNT: Required<Omit<ConnectionString, "sas">> = {
  account: "devstoreaccount1",
  endpoint: "http://127.0.0.1:10000/devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

/**
 * Reads a connection string. Names are matched without regard to case; unknown ones are skipped.
 *
 * @throws {UsageError} `bucket/address`; never quotes the string, it holds a secret
 */
export function readConnectionString(text: string): ConnectionString {
  const fields = fieldsOf(text);
  if (fields.get("usedevelopmentstorage")?.toLowerCase() === "true") return DEVELOPMENT_ACCOUNT;
  const account = fields.get("accountname") ?? "";
  const endpoint = fields.get("blobendpoint") ?? derivedEndpoint(account, fields);
  const key = fields.get("accountkey");
  const sas = fields.get("sharedaccesssignature")?.replace(/^\?/, "");
  return {
    account,
    endpoint: endpoint.replace(/\/+$/, ""),
    ...(key === undefined ? {} : { key }),
    ...(sas === undefined ? {} : { sas }),
  };
}

function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const pair of text.split(";").map((part) => part.trim()).filter((part) => part !== "")) {
    const at = pair.indexOf("=");
    if (at < 1) throw fault("a part of it is not Name=value");
    fields.set(pair.slice(0, at).toLowerCase(), pair.slice(at + 1));
  }
  return fields;
}

function derivedEndpoint(account: string, fields: ReadonlyMap<string, string>): string {
  if (account === "") throw fault("it names neither AccountName nor BlobEndpoint");
  const protocol = fields.get("defaultendpointsprotocol") ?? "https";
  return `${protocol}://${account}.blob.${fields.get("endpointsuffix") ?? "core.windows.net"}`;
}

function fault(state: string): UsageError {
  return new UsageError("bucket/address", `Cannot read the connection string: ${state}`, {
    hint: "Copy it anew from the storage account's access keys.",
  });
}
