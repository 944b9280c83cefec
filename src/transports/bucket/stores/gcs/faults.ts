/**
 * What the error codes of Google's XML API mean.
 *
 * @see https://cloud.google.com/storage/docs/xml-api/reference-status
 * @module
 */
import type { BucketErrorCode } from "../contract.ts";
import { BucketError } from "../errors.ts";
import type { Answer, Verdict } from "../http/exchange.ts";
import { judgeStatus } from "../http/verdict.ts";
import { readXml, textOf } from "../xml.ts";

type Meaning = readonly [code: BucketErrorCode, state: string, hint?: string];

const NOT_KNOWN: Meaning = [
  "bucket/credentials",
  "Google does not accept the credentials",
  "Check the service account's key file or the HMAC key; either may have been revoked.",
];
const EXPIRED: Meaning = ["bucket/credentials", "the credentials have expired"];
const NOT_ALLOWED: Meaning = [
  "bucket/forbidden",
  "the credentials do not allow it",
  "The role Storage Object User on the bucket allows all that is needed.",
];
const HELD: Meaning = ["bucket/forbidden", "the object is protected by a retention policy or hold"];
const NO_BILLING: Meaning = [
  "bucket/forbidden",
  "the project's account is disabled",
  "Look at the project's billing.",
];

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["AuthenticationRequired", NOT_KNOWN],
  ["InvalidAccessKeyId", NOT_KNOWN],
  ["InvalidSecurity", NOT_KNOWN],
  ["SignatureDoesNotMatch", NOT_KNOWN],
  ["InvalidAuthentication", NOT_KNOWN],
  ["InvalidToken", NOT_KNOWN],
  ["NotSignedUp", NOT_KNOWN],
  ["RequestTimeTooSkewed", ["bucket/credentials", "this machine's clock is wrong"]],
  ["ExpiredToken", EXPIRED],
  ["AccessDenied", NOT_ALLOWED],
  ["AccessForbidden", NOT_ALLOWED],
  ["Forbidden", NOT_ALLOWED],
  ["InsufficientPermissions", NOT_ALLOWED],
  ["VpcServiceControlsPolicyViolation", NOT_ALLOWED],
  ["OrgPolicyConstraintFailed", ["bucket/forbidden", "a policy of the organization forbids it"]],
  ["ObjectUnderActiveHold", HELD],
  ["RetentionPolicyNotMet", HELD],
  ["AccountProblem", NO_BILLING],
  ["UserProjectAccountProblem", NO_BILLING],
  ["UserProjectMissing", ["bucket/forbidden", "the bucket wants whoever asks to pay"]],
  [
    "NoSuchBucket",
    [
      "bucket/missing",
      "there is no such bucket",
      "Make it first: no bucket is made by itself.",
    ],
  ],
  ["InvalidBucketName", ["bucket/missing", "there can be no such bucket"]],
  ["InvalidRange", ["bucket/range", "the range begins behind the end of the object"]],
  ["QuotaExceeded", ["bucket/full", "a quota is used up"]],
  ["TotalBytesExceeded", ["bucket/full", "a quota is used up"]],
]);

/** Codes that may be gone at the next attempt, although their status does not say so. */
const PASSING: ReadonlySet<string> = new Set([
  ...["BadDigest", "CrcMismatch", "IncompleteBody", "RequestTimeout", "SlowDown"],
  ...["InternalError", "ServiceUnavailable"],
]);

/** The service's name of what went wrong; empty when the body does not say. */
export function errorCodeOf({ bytes }: Pick<Answer, "bytes">): string {
  if (bytes.length === 0) return "";
  try {
    const root = readXml(new TextDecoder().decode(bytes));
    return root.name === "Error" ? textOf(root, "Code") ?? "" : "";
  } catch {
    // A proxy's page, or a plain sentence. The status has to do.
    return "";
  }
}

/** Whether the condition of a `put` did not hold: other things are answered 412, too. */
export function isRefusal(answer: Answer): boolean {
  const code = errorCodeOf(answer);
  return answer.status === 412 && (code === "PreconditionFailed" || code === "");
}

/** The verdict on an answer with an error. `what` completes "Cannot ...". */
export function judgeGoogle(what: string, answer: Answer, now: number): Verdict {
  const code = errorCodeOf(answer);
  const said = code === "" ? `status ${answer.status}` : `status ${answer.status}, ${code}`;
  const meaning = MEANINGS.get(code);
  if (meaning !== undefined) {
    const [kind, state, hint] = meaning;
    const options = hint === undefined ? {} : { hint };
    const error = new BucketError(kind, `Cannot ${what}: ${state} (${said})`, options);
    return { kind: "fail", error };
  }
  const verdict = judgeStatus(what, answer, now, code);
  if (verdict.kind === "again" || !PASSING.has(code)) return verdict;
  const state = `the store did not take it (${said})`;
  return {
    kind: "again",
    error: new BucketError("bucket/unavailable", `Cannot ${what}: ${state}`),
  };
}
