/**
 * What the Blob service's error codes mean.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
 * @module
 */
import type { BucketErrorCode } from "../contract.ts";
import { BucketError } from "../errors.ts";
import type { Answer, AnswerHead, Verdict } from "../http/exchange.ts";
import { judgeStatus } from "../http/verdict.ts";
import { readXml, textOf } from "../xml.ts";

type Meaning = readonly [code: BucketErrorCode, state: string, hint?: string];

const KEY_HINT = "Check the account's name and key; the key may have been rotated.";
const WRONG_KEY: Meaning = [
  "bucket/credentials",
  "the storage account does not accept the signature",
  KEY_HINT,
];
const MALFORMED: Meaning = ["bucket/credentials", "the credentials are malformed", KEY_HINT];
const NOT_ALLOWED: Meaning = [
  "bucket/forbidden",
  "the credentials do not allow it",
  "A shared access signature needs read, create, write and list on objects and containers.",
];
const NOT_FROM_HERE: Meaning = [
  "bucket/forbidden",
  "the storage account does not allow it from here",
  "Look at the account's firewall and at the signature's addresses and protocol.",
];
const IMMUTABLE: Meaning = ["bucket/forbidden", "the object is protected against changes"];
const LEASED: Meaning = ["bucket/forbidden", "somebody holds a lease on it"];
const NO_CONTAINER: Meaning = [
  "bucket/missing",
  "there is no such container",
  "Make it first: no container is made by itself.",
];
const FULL: Meaning = ["bucket/full", "the storage account's quota is used up"];

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["AuthenticationFailed", WRONG_KEY],
  ["InvalidAuthenticationInfo", MALFORMED],
  ["NoAuthenticationInformation", ["bucket/credentials", "the storage account wants credentials"]],
  [
    "KeyBasedAuthenticationNotPermitted",
    [
      "bucket/forbidden",
      "the storage account does not allow shared keys",
      "Allow them in the account's configuration.",
    ],
  ],
  ["PublicAccessNotPermitted", ["bucket/credentials", "the storage account wants credentials"]],
  ["AccountIsDisabled", ["bucket/forbidden", "the storage account is disabled"]],
  ["InsufficientAccountPermissions", NOT_ALLOWED],
  ["AuthorizationFailure", NOT_ALLOWED],
  ["AuthorizationPermissionMismatch", NOT_ALLOWED],
  ["AuthorizationResourceTypeMismatch", NOT_ALLOWED],
  ["AuthorizationServiceMismatch", NOT_ALLOWED],
  ["UnauthorizedBlobOverwrite", NOT_ALLOWED],
  ["AuthorizationSourceIPMismatch", NOT_FROM_HERE],
  ["AuthorizationProtocolMismatch", NOT_FROM_HERE],
  ["BlobImmutableDueToPolicy", IMMUTABLE],
  ["BlobImmutableDueToLegalHold", IMMUTABLE],
  ["ContainerImmutabilityPolicyLocked", IMMUTABLE],
  ["LeaseIdMissing", LEASED],
  ["LeaseIdMismatchWithBlobOperation", LEASED],
  ["LeaseNotPresentWithBlobOperation", LEASED],
  ["BlobArchived", ["bucket/forbidden", "the object lies in the archive tier"]],
  ["BlobBeingRehydrated", [
    "bucket/forbidden",
    "the object is being brought from the archive tier",
  ]],
  ["ContainerNotFound", NO_CONTAINER],
  ["ContainerBeingDeleted", NO_CONTAINER],
  ["ContainerDisabled", NO_CONTAINER],
  ["ResourceNotFound", ["bucket/missing", "there is no such storage account or container"]],
  ["AccountCapacityExceeded", FULL],
  ["StorageAccountCapacityExceeded", FULL],
  ["QuotaExceeded", FULL],
  ["InvalidRange", ["bucket/range", "the range begins behind the end of the object"]],
  ["InsecureConnection", NOT_FROM_HERE],
  ["AccountRequiresHttps", NOT_FROM_HERE],
]);

/** Codes that may be gone at the next attempt, whatever status they come with. */
const PASSING: ReadonlySet<string> = new Set([
  ...["ServerBusy", "InternalError", "OperationTimedOut", "AccountBeingCreated"],
  ...["Md5Mismatch", "Crc64Mismatch", "IncompleteBody"],
]);

const REFUSALS: ReadonlySet<string> = new Set([
  ...["BlobAlreadyExists", "ConditionNotMet", "TargetConditionNotMet"],
]);

/** The service's name of what went wrong, from the head, else from the body; empty without one. */
export function errorCodeOf(answer: AnswerHead & Partial<Answer>): string {
  const named = answer.headers.get("x-ms-error-code") ?? "";
  if (named !== "" || answer.bytes === undefined || answer.bytes.length === 0) return named;
  try {
    return textOf(readXml(new TextDecoder().decode(answer.bytes)), "Code") ?? "";
  } catch {
    // A proxy's page. The status has to do.
    return "";
  }
}

/**
 * Whether the condition of a `put` did not hold. What is under an immutability policy, or may be
 * made but not overwritten, is there: so the condition `absent` does not hold for it either.
 */
export function isRefusal(answer: Answer, kind: "absent" | "match"): boolean {
  const code = errorCodeOf(answer);
  if (REFUSALS.has(code)) return true;
  const isThere = MEANINGS.get(code) === IMMUTABLE || code === "UnauthorizedBlobOverwrite";
  return kind === "absent" && isThere;
}

/** The verdict on an answer with an error. `what` completes "Cannot ...". */
export function judgeAzure(what: string, answer: Answer, now: number): Verdict {
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
