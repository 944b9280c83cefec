/**
 * Who the person at `chatnode client` is: a guest, an account with a password, or a token.
 *
 * @module
 */
import { ChatnodeError, UsageError } from "../errors.ts";
import { type ClientAddress, isLocal } from "./client_address.ts";
import type { ClientFlags } from "./client_options.ts";
import type { Io } from "./io.ts";
import { askSecret } from "./terminal.ts";

/** How to come in. */
export type Credentials =
  | { readonly kind: "guest"; readonly name: string }
  | { readonly kind: "password"; readonly name: string; readonly password: string }
  | { readonly kind: "token"; read(): Promise<string> };

/** Who gives no name; as the original client. */
const NAMELESS = "Anonymous";
const SECRET_MOST = 8_192;

/**
 * Finds out who comes in, and asks for what is missing.
 *
 * @throws {UsageError} `client/credentials`, `client/insecure`, as `askSecret`
 * @throws {ChatnodeError} `client/file`
 */
export async function readCredentials(
  address: ClientAddress,
  flags: ClientFlags,
  io: Io,
): Promise<Credentials> {
  const { name, login, passwordFile, tokenFile } = flags;
  // A bucket asks for its own, from the environment.
  if (address.kind === "bucket") return { kind: "guest", name: name ?? NAMELESS };
  const wantsPassword = login || passwordFile !== undefined;
  if (wantsPassword && tokenFile !== undefined) {
    throw new UsageError("client/credentials", "Cannot use --token-file: a password is used too");
  }
  const token = wantsPassword ? undefined : tokenSource(address, flags, io);
  if (token !== undefined) {
    requirePrivacy(address, flags, "token");
    return { kind: "token", read: token };
  }
  if (!wantsPassword && address.kind === "tcp") return { kind: "guest", name: name ?? NAMELESS };
  if (name === undefined) {
    throw new UsageError("client/credentials", "Cannot come in: no account is named", {
      hint: "Give its name with --name, or a token in CHATNODE_TOKEN.",
    });
  }
  requirePrivacy(address, flags, "password");
  return { kind: "password", name, password: await passwordOf(name, passwordFile, io) };
}

/** A file is read anew each time: a token may be renewed there. */
function tokenSource(
  address: ClientAddress,
  { name, tokenFile }: ClientFlags,
  io: Io,
): (() => Promise<string>) | undefined {
  if (tokenFile !== undefined) return () => readSecret(tokenFile, "token");
  const token = (io.environment["CHATNODE_TOKEN"] ?? "").trim();
  // Over TCP a name is as good: whoever gives one wants to be that guest.
  if (token === "" || (address.kind === "tcp" && name !== undefined)) return undefined;
  return () => Promise.resolve(token);
}

/** A password out of a file, or asked for. @throws as {@linkcode readCredentials} */
export async function passwordOf(name: string, file: string | undefined, io: Io): Promise<string> {
  if (file !== undefined) return await readSecret(file, "password");
  if (!io.stdin.isTerminal) {
    throw new UsageError(
      "client/credentials",
      "Cannot ask for the password: stdin is no terminal",
      {
        hint: "Use --password-file, or a token in CHATNODE_TOKEN.",
      },
    );
  }
  return await askSecret(io, `Password of ${name}`);
}

async function readSecret(file: string, what: "token" | "password"): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (cause) {
    const state = cause instanceof Deno.errors.NotFound ? "it is not there" : "it cannot be read";
    throw new ChatnodeError("client/file", `Cannot read the ${what} from ${file}: ${state}`, {
      cause,
    });
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "" || secret.length > SECRET_MOST || /[\r\n]/.test(secret)) {
    throw new ChatnodeError(
      "client/file",
      `Cannot read the ${what} from ${file}: it is not one line of at most ${SECRET_MOST} characters`,
    );
  }
  return secret;
}

/** Neither passwords nor tokens go over a network for everybody to read, unless somebody insists. */
function requirePrivacy(
  address: ClientAddress,
  { insecurePlaintext }: ClientFlags,
  what: "token" | "password",
): void {
  if (address.encrypted || insecurePlaintext || isLocal(address.hostname)) return;
  const instead = address.kind === "tcp" ? "tls://" : "wss://";
  throw new UsageError(
    "client/insecure",
    `Cannot send a ${what} to ${address.hostname}: the connection is not encrypted`,
    { hint: `Use ${instead}, or --insecure-plaintext if everybody on the way may read it.` },
  );
}
