/**
 * DIGEST-MD5 (RFC 2831) and CRAM-MD5 (RFC 2195): long broken, and all that some old servers have.
 * Used over TLS alone, and after everything else.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import { bytes, type Mechanism, text, unproven } from "./mechanism.ts";

/** What a login takes. */
export interface DigestOptions {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
  /** Printable ASCII without quotes, never used before. */
  readonly nonce: string;
}

const CHALLENGE_MOST = 4_096;
const DIRECTIVE = /([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]*))(?:\s*,\s*|$)/gy;

/** One login with DIGEST-MD5, quality of protection `auth`. */
export function digestMd5(options: DigestOptions): Mechanism {
  let expected: string | undefined;
  let isProven = false;
  const prove = (data: Uint8Array): void => {
    if (expected === undefined || directives(text(data)).get("rspauth") !== expected) {
      throw unproven("its proof that it knows the password is wrong");
    }
    isProven = true;
  };
  return {
    name: "DIGEST-MD5",
    first: () => Promise.resolve(undefined),
    next(challenge) {
      try {
        if (expected !== undefined) {
          prove(challenge);
          return Promise.resolve(new Uint8Array());
        }
        const answered = answer(directives(text(challenge)), options);
        expected = answered.expected;
        return Promise.resolve(bytes(answered.response));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    finish(data) {
      try {
        if (data !== undefined && data.length > 0 && !isProven) prove(data);
        if (!isProven) throw unproven("it did not prove that it knows the password");
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

/** One login with CRAM-MD5, which proves nothing about the server. */
export function cramMd5(username: string, password: string): Mechanism {
  return {
    name: "CRAM-MD5",
    first: () => Promise.resolve(undefined),
    next(challenge) {
      const digest = createHmac("md5", bytes(password)).update(challenge).digest("hex");
      return Promise.resolve(bytes(`${username} ${digest}`));
    },
    finish: () => Promise.resolve(),
  };
}

function answer(
  given: ReadonlyMap<string, string>,
  { username, password, domain, nonce: cnonce }: DigestOptions,
): { readonly response: string; readonly expected: string } {
  const nonce = given.get("nonce") ?? "";
  const realm = given.get("realm") ?? domain;
  const offered = (given.get("qop") ?? "auth").split(/\s*,\s*/);
  if (nonce === "" || given.get("algorithm") !== "md5-sess" || !offered.includes("auth")) {
    throw unproven("its challenge is not one of DIGEST-MD5");
  }
  const uri = `xmpp/${domain}`;
  const secret = md5(bytes(`${username}:${realm}:${password}`));
  const session = createHash("md5").update(secret).update(bytes(`:${nonce}:${cnonce}`));
  const key = session.digest("hex");
  const digest = (what: string): string =>
    hex(`${key}:${nonce}:00000001:${cnonce}:auth:${hex(what)}`);
  const response = [
    `charset=utf-8,username=${quoted(username)},realm=${quoted(realm)},nonce=${quoted(nonce)}`,
    `cnonce=${quoted(cnonce)},nc=00000001,qop=auth,digest-uri=${quoted(uri)}`,
    `response=${digest(`AUTHENTICATE:${uri}`)}`,
  ].join(",");
  return { response, expected: digest(`:${uri}`) };
}

function directives(challenge: string): Map<string, string> {
  const found = new Map<string, string>();
  if (challenge.length > CHALLENGE_MOST) throw unproven("its challenge is too long");
  for (const [, name = "", inQuotes, bare] of challenge.matchAll(DIRECTIVE)) {
    const value = inQuotes?.replace(/\\(.)/g, "$1") ?? bare ?? "";
    // A second realm is another choice; a second of anything else is a trick.
    if (!found.has(name)) found.set(name, value);
  }
  return found;
}

function md5(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("md5").update(data).digest());
}

function hex(what: string): string {
  return createHash("md5").update(bytes(what)).digest("hex");
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
