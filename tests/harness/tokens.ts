import { createHmac } from "node:crypto";

/** The secret that {@linkcode signToken} signs with; give it to a node as `jwtSecret`. */
export const TOKEN_SECRET = "a secret of at least thirty-two bytes";

/** What to sign, and how. */
export interface TokenParts {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly secret?: string;
  /** Instead of the right one. */
  readonly signature?: string;
}

/** A JSON Web Token by hand, right or wrong. */
export function signToken(parts: TokenParts): string {
  const { claims, header = { alg: "HS256", typ: "JWT" }, secret = TOKEN_SECRET } = parts;
  const signed = `${encode(header)}.${encode(claims)}`;
  const signature = parts.signature ??
    createHmac("sha256", secret).update(signed).digest("base64url");
  return `${signed}.${signature}`;
}

function encode(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}
