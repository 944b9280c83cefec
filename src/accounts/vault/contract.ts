/**
 * Secrets that a person's programs keep between runs: tokens of identity providers, passwords of
 * accounts elsewhere.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";

/** Characters of a name; printable ASCII without spaces. */
export const MAX_NAME_LENGTH = 400;
/** Bytes of UTF-8 of one secret. */
export const MAX_SECRET_LENGTH = 64 * 1024;
/** Secrets that a vault holds. */
export const MAX_SECRETS = 256;

/**
 * Named secrets. Names are not secret to whoever can open the vault, and begin with the part of the
 * program that keeps them: `oidc:...`, `xmpp:alice@example.org`. Each call sees what other processes
 * have stored; a change is on disk when its promise resolves.
 *
 * Every method throws {VaultError} as {@linkcode VaultErrorCode} says, and {AccountError}
 * `accounts/io`, `accounts/disk-full` or `accounts/locked` when the disk or another process is in
 * the way; nothing has changed then.
 */
export interface Vault {
  /** The secret, or undefined when there is none of that name. */
  get(name: string): Promise<string | undefined>;
  /** Keeps a secret in place of the former one of that name. */
  set(name: string, secret: string): Promise<void>;
  /** Forgets a secret. @returns whether there was one */
  delete(name: string): Promise<boolean>;
  /** The names that begin with `prefix` (all of them for the empty one), sorted. */
  list(prefix: string): Promise<string[]>;
  /**
   * Runs `work` while no other caller of this method does, in any process: for a change that talks
   * to somebody between {@linkcode get} and {@linkcode set}, which both work inside. It does not
   * nest. Whoever waits longer than a minute is refused with `accounts/locked`.
   */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** What a {@linkcode VaultError} says. */
export type VaultErrorCode =
  /** A passphrase protects the vault and nobody gave one. */
  | "vault/passphrase"
  /** The passphrase is not the one that the vault was closed with. */
  | "vault/wrong-passphrase"
  /** The key file is gone, damaged, or belongs to another vault. */
  | "vault/key"
  /** The file was changed by something other than this program, or is of a later format. */
  | "vault/corrupt"
  /** A name or secret too long or of the wrong form, or one secret too many. */
  | "vault/refused";

/** A refusal or fault of a vault. Never holds a secret, nor the name of one. */
export class VaultError extends ChatnodeError {
  override readonly name = "VaultError";
  declare readonly code: VaultErrorCode;

  constructor(
    code: VaultErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
