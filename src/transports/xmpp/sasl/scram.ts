/**
 * SCRAM (RFC 5802, RFC 7677): the server learns nothing that it could use, and proves that it knows
 * the account. All that it says is checked: nonce, iterations, signature.
 *
 * @module
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { LIMITS } from "../limits.ts";
import { bytes, type Mechanism, text, unproven } from "./mechanism.ts";
import { saslprep } from "./saslprep.ts";

/** The hashes there are, strongest first. */
export const SCRAM_HASHES = ["SHA-512", "SHA-256", "SHA-1"] as const;
export type ScramHash = (typeof SCRAM_HASHES)[number];

/** How a login is bound to its TLS connection (RFC 5802, 6). */
export type Binding =
  /** The client cannot. */
  | { readonly kind: "none" }
  /** The client could, and the server is said to be unable: it will notice if that is a lie. */
  | { readonly kind: "unused" }
  | { readonly kind: "tls-server-end-point"; readonly data: Uint8Array };

/** What a login takes. */
export interface ScramOptions {
  readonly hash: ScramHash;
  readonly username: string;
  readonly password: string;
  readonly binding: Binding;
  /** Printable ASCII without commas, never used before. */
  readonly nonce: string;
}

const derive = promisify(pbkdf2);
/** No honest server's message is longer. */
const MESSAGE_MOST = 4_096;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** One login with SCRAM. */
export class Scram implements Mechanism {
  readonly name: string;
  readonly #options: ScramOptions;
  readonly #algorithm: string;
  readonly #bare: string;
  readonly #header: Uint8Array;
  #signature: Uint8Array | undefined;
  #isProven = false;

  /** @throws {XmppError} `xmpp/credentials` */
  constructor(options: ScramOptions) {
    this.#options = options;
    const { hash, username, nonce, binding } = options;
    this.name = `SCRAM-${hash}${binding.kind === "tls-server-end-point" ? "-PLUS" : ""}`;
    this.#algorithm = hash.replace("-", "").toLowerCase();
    const name = saslprep(username).replaceAll("=", "=3D").replaceAll(",", "=2C");
    this.#bare = `n=${name},r=${nonce}`;
    this.#header = bytes(gs2Header(binding));
  }

  first(): Promise<Uint8Array> {
    return Promise.resolve(joined(this.#header, bytes(this.#bare)));
  }

  async next(challenge: Uint8Array): Promise<Uint8Array> {
    // The last message may come as a challenge, answered with nothing.
    if (this.#signature !== undefined) {
      this.#verify(challenge);
      return new Uint8Array();
    }
    const first = text(challenge);
    const { nonce, salt, iterations } = this.#readFirst(first);
    const salted = await derive(
      bytes(saslprep(this.#options.password)),
      salt,
      iterations,
      createHash(this.#algorithm).digest().length,
      this.#algorithm,
    );
    const withoutProof = `c=${base64(this.#bindingInput())},r=${nonce}`;
    const message = bytes(`${this.#bare},${first},${withoutProof}`);
    const clientKey = this.#hmac(salted, bytes("Client Key"));
    const storedKey = createHash(this.#algorithm).update(clientKey).digest();
    const clientSignature = this.#hmac(storedKey, message);
    this.#signature = this.#hmac(this.#hmac(salted, bytes("Server Key")), message);
    const proof = clientKey.map((byte, index) => byte ^ (clientSignature[index] ?? 0));
    return bytes(`${withoutProof},p=${base64(proof)}`);
  }

  finish(data: Uint8Array | undefined): Promise<void> {
    try {
      if (data !== undefined && data.length > 0 && !this.#isProven) this.#verify(data);
      if (!this.#isProven) throw unproven("it did not prove that it knows the password");
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** RFC 5802, 5.1: `r=`, `s=` and `i=` in this order, and nothing mandatory that we do not know. */
  #readFirst(message: string): { nonce: string; salt: Uint8Array; iterations: number } {
    if (message.length > MESSAGE_MOST) throw unproven("its challenge is too long");
    const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]+),i=([1-9][0-9]{0,9})(?:,.*)?$/.exec(message);
    if (match === null) throw unproven("its challenge is not one of SCRAM");
    const [, nonce = "", salt = "", count = ""] = match;
    const own = this.#options.nonce;
    if (!nonce.startsWith(own) || nonce.length === own.length) {
      throw unproven("it does not go on from our nonce");
    }
    if (!BASE64.test(salt)) throw unproven("its salt is not base64");
    const iterations = Number(count);
    if (iterations < LIMITS.iterationsLeast) {
      throw unproven(
        `it asks for ${iterations} iterations, which makes the password easy to guess`,
      );
    }
    if (iterations > LIMITS.iterationsMost) throw unproven("it asks for too many iterations");
    return { nonce, salt: Uint8Array.from(atob(salt), (c) => c.charCodeAt(0)), iterations };
  }

  #verify(data: Uint8Array): void {
    const match = /^v=([^,]+)(?:,.*)?$/.exec(text(data));
    const signature = this.#signature;
    if (match === null || signature === undefined || !BASE64.test(match[1] ?? "")) {
      throw unproven("it did not prove that it knows the password");
    }
    const shown = Uint8Array.from(atob(match[1] ?? ""), (c) => c.charCodeAt(0));
    if (shown.length !== signature.length || !timingSafeEqual(shown, signature)) {
      throw unproven("its proof that it knows the password is wrong");
    }
    this.#isProven = true;
  }

  #bindingInput(): Uint8Array {
    const { binding } = this.#options;
    return binding.kind === "tls-server-end-point"
      ? joined(this.#header, binding.data)
      : this.#header;
  }

  #hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
    return new Uint8Array(createHmac(this.#algorithm, key).update(data).digest());
  }
}

function gs2Header(binding: Binding): string {
  if (binding.kind === "none") return "n,,";
  return binding.kind === "unused" ? "y,," : `p=${binding.kind},,`;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function base64(data: Uint8Array): string {
  return btoa(String.fromCharCode(...data));
}
