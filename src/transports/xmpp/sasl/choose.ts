/**
 * Which mechanism a login takes.
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import { cramMd5, digestMd5 } from "./digest_md5.ts";
import type { Credentials, Mechanism } from "./mechanism.ts";
import { type Binding, Scram, SCRAM_HASHES } from "./scram.ts";
import { anonymous, external, plain } from "./simple.ts";

/** What the choice depends on. */
export interface Choice {
  /** As the server offers them. */
  readonly offered: readonly string[];
  readonly credentials: Credentials;
  readonly domain: string;
  readonly privacy: "encrypted" | "insecure-plaintext";
  /** Data of tls-server-end-point, when the server announces that it takes it (XEP-0440). */
  readonly binding: Uint8Array | undefined;
  /** The mechanism of an earlier login: nothing weaker is taken from then on. */
  readonly earlier: string | undefined;
  /** Random text, printable ASCII without commas and quotes. */
  nonce(): string;
}

/** Mechanisms by a password, best first. */
const ORDER: readonly string[] = [
  ...SCRAM_HASHES.map((hash) => `SCRAM-${hash}-PLUS`),
  ...SCRAM_HASHES.map((hash) => `SCRAM-${hash}`),
  "PLAIN",
  "DIGEST-MD5",
  "CRAM-MD5",
];
/** Everybody on the way could take the password from these, at once or after a little guessing. */
const BROKEN: ReadonlySet<string> = new Set(["DIGEST-MD5", "CRAM-MD5"]);

/**
 * The best mechanism that is offered and allowed.
 *
 * @throws {XmppError} `xmpp/mechanism` when there is none, `xmpp/server-proof` when the server
 *   offers nothing any more that proves as much as at an earlier login
 */
export function chooseMechanism(choice: Choice): Mechanism {
  const { credentials, offered } = choice;
  if (credentials.kind === "anonymous") return required("ANONYMOUS", offered, anonymous);
  if (credentials.kind === "certificate") return required("EXTERNAL", offered, external);
  const { username, password } = credentials;
  const name = ORDER.find((each) => offered.includes(each) && isAllowed(each, choice));
  if (name === undefined) throw none(offered);
  if (isWeaker(name, choice.earlier)) {
    throw new XmppError(
      "xmpp/server-proof",
      `Cannot log in: the server offers only ${name}, and had ${choice.earlier} before`,
      { hint: "Somebody may stand between you and the server; ask its operator." },
    );
  }
  if (name === "PLAIN") return plain(username, password);
  if (name === "CRAM-MD5") return cramMd5(username, password);
  const { domain, nonce } = choice;
  if (name === "DIGEST-MD5") return digestMd5({ username, password, domain, nonce: nonce() });
  const hash = SCRAM_HASHES.find((each) => name.startsWith(`SCRAM-${each}`)) ?? "SHA-1";
  const binding = bindingOf(name, choice);
  return new Scram({ hash, username, password, nonce: nonce(), binding });
}

function isAllowed(name: string, { privacy, binding }: Choice): boolean {
  if (name.endsWith("-PLUS")) return binding !== undefined;
  return privacy === "encrypted" || !BROKEN.has(name);
}

/** Who has proved themselves once is not believed when they suddenly cannot. */
function isWeaker(name: string, earlier: string | undefined): boolean {
  return earlier?.startsWith("SCRAM-") === true && !name.startsWith("SCRAM-");
}

function bindingOf(name: string, { offered, binding }: Choice): Binding {
  if (binding === undefined) return { kind: "none" };
  if (name.endsWith("-PLUS")) return { kind: "tls-server-end-point", data: binding };
  // Saying that one could is a lie's end: a server that does offer -PLUS refuses (RFC 5802, 6).
  return offered.some((each) => each.endsWith("-PLUS")) ? { kind: "none" } : { kind: "unused" };
}

function required(name: string, offered: readonly string[], make: () => Mechanism): Mechanism {
  if (!offered.includes(name)) throw none(offered);
  return make();
}

function none(offered: readonly string[]): XmppError {
  const listed = offered.filter((name) => /^[A-Z0-9_-]{1,40}$/.test(name)).slice(0, 12).join(", ");
  return new XmppError(
    "xmpp/mechanism",
    `Cannot log in: none of the server's ways fits (${listed === "" ? "it offers none" : listed})`,
  );
}
