/**
 * The certificates that `chatnode client --ca` trusts.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { ClientError } from "../protocol/client/errors.ts";
import type { ClientAddress } from "./client_address.ts";

/** The text (PEM) of the file. @throws {UsageError} `client/ca`; {ClientError} */
export async function readCertificates(
  file: string,
  { encrypted }: Pick<ClientAddress, "encrypted">,
): Promise<string> {
  if (!encrypted) {
    throw new UsageError("client/ca", "Cannot use --ca: the address is not encrypted", {
      hint: "Encrypted addresses begin with tls:// or wss://.",
    });
  }
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    const state = cause instanceof Deno.errors.NotFound ? "it is not there" : "it cannot be read";
    throw new ClientError("client/unreachable", `Cannot read ${file}: ${state}`, { cause });
  }
}
