/**
 * Where a vault's key comes from: a passphrase, or a file beside the vault's.
 *
 * @module
 */
import { diskFault } from "../disk_fault.ts";
import { closeToOthers, replaceFile } from "../../files.ts";
import { deriveScrypt } from "../passwords.ts";
import type { ScryptCost } from "../phc.ts";
import type { Random } from "../random.ts";
import { VaultError } from "./contract.ts";
import { KEY_BYTES, type KeySource, type Sealed, type VaultKey, vaultKey } from "./sealed.ts";

/** N = 2^17, r = 8, p = 1: 128 MiB, about 0.6 s. */
export const PASSPHRASE_COST: ScryptCost = { ln: 17, r: 8, p: 1 };
const SALT_BYTES = 16;

/** What keys are found with. */
export interface KeyringOptions {
  /** The key file's path. */
  readonly path: string;
  readonly random: Random;
  readonly passphrase: string | undefined;
  readonly ask: (() => Promise<string>) | undefined;
  readonly cost: ScryptCost;
}

/** Finds keys, each once: deriving one is slow on purpose. */
export class Keyring {
  readonly #options: KeyringOptions;
  #passphrase: string | undefined;
  #known: VaultKey | undefined;

  constructor(options: KeyringOptions) {
    this.#options = options;
    this.#passphrase = options.passphrase;
  }

  /**
   * The key that opens a file.
   *
   * @throws {VaultError} `vault/passphrase`, `vault/wrong-passphrase`, `vault/key`
   */
  async opening({ key: source, check }: Sealed): Promise<VaultKey> {
    if (this.#known?.check === check) return this.#known;
    const found = source.kind === "file"
      ? await this.#fromFile()
      : await derived(source, await this.#askedPassphrase());
    if (found === undefined) throw keyFault("it is not there");
    if (found.check === check) return this.#known = found;
    if (source.kind === "file") throw keyFault("it belongs to other secrets");
    // The next attempt may ask again.
    this.#passphrase = this.#options.passphrase;
    throw new VaultError(
      "vault/wrong-passphrase",
      "Cannot open the kept secrets: the passphrase is another one",
    );
  }

  /** The key for the next write: the one at hand, unless a passphrase has to take its place. */
  async closing(): Promise<VaultKey> {
    const wanted = this.#passphrase === undefined ? "file" : "scrypt";
    if (this.#known?.source.kind === wanted) return this.#known;
    return this.#known = this.#passphrase === undefined
      ? await this.#fromFile() ?? await this.#newFile()
      : await derived(this.#newSource(), this.#passphrase);
  }

  #newSource(): KeySource & { kind: "scrypt" } {
    const { cost, random } = this.#options;
    return { kind: "scrypt", ...cost, salt: random(SALT_BYTES).toBase64() };
  }

  async #askedPassphrase(): Promise<string> {
    this.#passphrase ??= await this.#options.ask?.();
    if (this.#passphrase !== undefined) return this.#passphrase;
    throw new VaultError(
      "vault/passphrase",
      "Cannot open the kept secrets: a passphrase protects them",
      { hint: "Set CHATNODE_VAULT_PASSPHRASE, or name a file with --vault-passphrase-file." },
    );
  }

  async #fromFile(): Promise<VaultKey | undefined> {
    const { path } = this.#options;
    let text: string;
    try {
      text = await Deno.readTextFile(path);
      await closeToOthers(path, 0o600);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return undefined;
      throw diskFault("read", path, cause);
    }
    if (!/^[0-9a-f]{64}\n$/.test(text)) throw keyFault("it is damaged");
    return await vaultKey({ kind: "file" }, Uint8Array.fromHex(text.trim()));
  }

  async #newFile(): Promise<VaultKey> {
    const { path, random } = this.#options;
    const bytes = random(KEY_BYTES);
    try {
      await replaceFile(path, new TextEncoder().encode(`${bytes.toHex()}\n`));
    } catch (cause) {
      throw diskFault("write", path, cause);
    }
    return await vaultKey({ kind: "file" }, bytes);
  }
}

async function derived(
  source: KeySource & { kind: "scrypt" },
  passphrase: string,
): Promise<VaultKey> {
  const salt = Uint8Array.fromBase64(source.salt);
  const text = new TextEncoder().encode(passphrase.normalize("NFC"));
  return await vaultKey(source, new Uint8Array(await deriveScrypt(text, salt, KEY_BYTES, source)));
}

function keyFault(state: string): VaultError {
  return new VaultError("vault/key", `Cannot use the key file of the kept secrets: ${state}`, {
    hint: "Put a backup of the vault's folder in place, or remove it and sign in again.",
  });
}
