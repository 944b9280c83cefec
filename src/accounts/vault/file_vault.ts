/**
 * A vault in two small files of a folder: `secrets` (encrypted) and, unless a passphrase is used,
 * `key`. Both are written beside, synced and renamed; only their owner may read them. What that
 * protects from and what not stands in `docs/accounts.md`.
 *
 * @module
 */
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { diskFault } from "../disk_fault.ts";
import { closeToOthers, makePrivateFolder, removeIfThere, replaceFile } from "../../files.ts";
import { WriteLock } from "../lock.ts";
import type { ScryptCost } from "../phc.ts";
import type { Random } from "../random.ts";
import {
  MAX_NAME_LENGTH,
  MAX_SECRET_LENGTH,
  MAX_SECRETS,
  type Vault,
  VaultError,
} from "./contract.ts";
import { Keyring, PASSPHRASE_COST } from "./keys.ts";
import { readSealed, seal, unseal } from "./sealed.ts";

/** Where a vault is, and what opens it. */
export interface FileVaultOptions {
  /** Made (0700) at the first {@linkcode Vault.set}. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Closes the vault from the next change on; without one a random key stands beside it. A vault
   * that a passphrase closed stays with one.
   */
  readonly passphrase?: string;
  /** Asks a person for the passphrase, when the vault has one and `passphrase` is not given. */
  readonly ask?: () => Promise<string>;
  /** Of a new passphrase; {@linkcode PASSPHRASE_COST} unless told. */
  readonly cost?: ScryptCost;
}

/** How long {@linkcode Vault.alone} waits for another process, milliseconds. */
const TURN_PATIENCE_MS = 60_000;
/** The largest file that is read. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

const NAME = /^[\x21-\x7e]+$/;

/** See the module's description. Holds nothing open between calls. */
export class FileVault implements Vault {
  readonly #options: FileVaultOptions;
  readonly #path: string;
  readonly #keys: Keyring;

  constructor(options: FileVaultOptions) {
    const { folder, random, passphrase, ask, cost = PASSPHRASE_COST } = options;
    this.#options = options;
    this.#path = join(folder, "secrets");
    this.#keys = new Keyring({ path: join(folder, "key"), random, passphrase, ask, cost });
  }

  async get(name: string): Promise<string | undefined> {
    return (await this.#read())?.get(name);
  }

  async set(name: string, secret: string): Promise<void> {
    check(name, secret);
    await this.#change((secrets) => {
      secrets.set(name, secret);
      if (secrets.size > MAX_SECRETS) throw refused(`it holds ${MAX_SECRETS} already`);
      return true;
    });
  }

  async delete(name: string): Promise<boolean> {
    if (await this.get(name) === undefined) return false;
    return await this.#change((secrets) => secrets.delete(name));
  }

  async list(prefix: string): Promise<string[]> {
    const secrets = await this.#read();
    return [...secrets?.keys() ?? []].filter((name) => name.startsWith(prefix)).sort();
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#hold("turn", TURN_PATIENCE_MS, work);
  }

  async #read(): Promise<Map<string, string> | undefined> {
    const bytes = await this.#bytes();
    if (bytes === undefined) return undefined;
    const sealed = readSealed(bytes);
    return await unseal(sealed, await this.#keys.opening(sealed));
  }

  async #bytes(): Promise<Uint8Array | undefined> {
    try {
      const { size } = await Deno.stat(this.#path);
      if (size > MAX_FILE_BYTES) throw new RangeError("it is too large to be a vault");
      await closeToOthers(this.#path, 0o600);
      return await Deno.readFile(this.#path);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return undefined;
      throw diskFault("read", this.#path, cause);
    }
  }

  /** @param change returns whether there is something to write */
  async #change(change: (secrets: Map<string, string>) => boolean): Promise<boolean> {
    // Before the lock: this may ask somebody for the passphrase.
    await this.#read();
    return await this.#hold("lock", undefined, async () => {
      const secrets = await this.#read() ?? new Map<string, string>();
      const changed = change(secrets);
      if (changed) await this.#write(secrets);
      return changed;
    });
  }

  async #write(secrets: ReadonlyMap<string, string>): Promise<void> {
    const key = await this.#keys.closing();
    const content = await seal(secrets, key, this.#options.random);
    try {
      await replaceFile(this.#path, content);
      // Nothing needs it once a passphrase closes the file.
      if (key.source.kind === "scrypt") await removeIfThere(join(this.#options.folder, "key"));
    } catch (cause) {
      await removeIfThere(`${this.#path}.new`).catch(() => {});
      throw diskFault("write", this.#path, cause);
    }
  }

  async #hold<T>(
    name: "lock" | "turn",
    patience: number | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const { folder, clock } = this.#options;
    const lock = await openLock(folder, name, clock, patience);
    try {
      return await lock.hold(work);
    } finally {
      await lock.close();
    }
  }
}

async function openLock(
  folder: string,
  name: string,
  clock: Clock,
  patience: number | undefined,
): Promise<WriteLock> {
  try {
    await makePrivateFolder(folder);
    return await WriteLock.open(join(folder, name), clock, patience);
  } catch (cause) {
    throw diskFault("open", folder, cause);
  }
}

function check(name: string, secret: string): void {
  if (!NAME.test(name) || name.length > MAX_NAME_LENGTH) {
    throw refused(`its name is not 1 to ${MAX_NAME_LENGTH} characters of printable ASCII`);
  }
  if (!secret.isWellFormed() || new TextEncoder().encode(secret).length > MAX_SECRET_LENGTH) {
    throw refused(`it is longer than ${MAX_SECRET_LENGTH} bytes or not valid text`);
  }
}

function refused(state: string): VaultError {
  return new VaultError("vault/refused", `Cannot keep the secret: ${state}`);
}
