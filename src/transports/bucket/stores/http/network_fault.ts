/**
 * What went wrong below HTTP, in words that hold no part of the request: the runtime's own messages
 * quote the URL, and a URL may hold a signature.
 *
 * @module
 */
import { BucketError } from "../errors.ts";

const KINDS: readonly (readonly [RegExp, string, string?])[] = [
  [/dns error|failed to lookup|name or service/i, "the store's name cannot be resolved"],
  [/refused/i, "the store refuses the connection"],
  [/unreachable/i, "the store's network is unreachable"],
  [
    /certificate|UnknownIssuer|NotValidForName/i,
    "the store's TLS certificate is not trusted",
    "Check the endpoint's name and the certificates that this machine trusts (DENO_CERT names more)",
  ],
  [/handshake|tls|InvalidContentType/i, "no TLS connection can be made"],
  [/reset|broken pipe|closed|eof|incomplete|abort/i, "the connection broke"],
];

/** The error of an attempt that brought no answer. */
export function networkFault(what: string, error: unknown): BucketError {
  if (error instanceof BucketError) return error;
  const text = messages(error);
  const [, state, hint] = KINDS.find(([pattern]) => pattern.test(text)) ??
    [undefined, "the connection failed"];
  return new BucketError(
    "bucket/unavailable",
    `Cannot ${what}: ${state}`,
    hint === undefined ? {} : { hint },
  );
}

function messages(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at instanceof Error && texts.length < 8; at = at.cause) {
    texts.push(at.message);
  }
  return texts.join(": ");
}
