/**
 * What S3 means by its errors.
 *
 * @module
 */
import type { BucketErrorCode } from "../contract.ts";
import { BucketError } from "../errors.ts";
import type { Answer, Verdict } from "../http/exchange.ts";
import type { ServerClock } from "../http/server_clock.ts";
import { judgeStatus } from "../http/verdict.ts";
import { readXml, textOf } from "../xml.ts";

/** The store does not know these credentials, or no longer. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  ...["ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "TokenRefreshRequired"],
  ...["ExpiredTokenException", "InvalidClientTokenId", "RequestExpired"],
]);

const CODES: Readonly<Record<string, readonly [BucketErrorCode, string, string?]>> = {
  NoSuchBucket: ["bucket/missing", "there is no such bucket", "Check its name and the region"],
  SignatureDoesNotMatch: [
    "bucket/credentials",
    "the store does not accept the signature",
    "Check AWS_SECRET_ACCESS_KEY and the region",
  ],
  AccessDenied: ["bucket/forbidden", "the store does not allow it"],
  AllAccessDisabled: ["bucket/forbidden", "the store does not allow it"],
  InvalidRange: ["bucket/range", "the range begins behind the end of the object"],
  QuotaExceeded: ["bucket/full", "the quota is used up"],
  QuotaExceededException: ["bucket/full", "the quota is used up"],
  XMinioStorageFull: ["bucket/full", "the store has no space left"],
  NotImplemented: ["bucket/unsupported", "the store cannot do this"],
  EntityTooLarge: ["bucket/refused", "the store does not take an object as large as this"],
  KeyTooLongError: ["bucket/key", "the store does not take a key as long as this"],
};

/** Codes that come with a status that says otherwise, and pass. */
const PASSING: ReadonlySet<string> = new Set([
  ...["SlowDown", "RequestTimeout", "ConditionalRequestConflict", "OperationAborted"],
  ...["InternalError", "ServiceUnavailable", "BadDigest", "XAmzContentSHA256Mismatch"],
]);

/** What a judge may put right, so that another attempt is worth it. */
export interface Remedies {
  readonly clock: ServerClock;
  /** The credentials of the attempt are no longer of use; false when that was tried before. */
  renewCredentials(): boolean;
  /** The bucket is in another region; false when that was known. */
  moveTo(region: string): boolean;
}

/** The verdict on an answer of S3 that was not wanted. */
export function judgeS3(
  what: string,
  answer: Answer,
  remedies: Remedies,
  now: number,
): Verdict {
  const code = codeOf(answer);
  const verdict = judged(what, answer, code, now);
  return verdict.kind === "fail" && isRemedied(answer, code, remedies)
    ? { ...verdict, kind: "again", afterMs: 0 }
    : verdict;
}

function judged(what: string, answer: Answer, code: string, now: number): Verdict {
  if (PASSING.has(code)) return judgeStatus(what, { ...answer, status: 503 }, now, code);
  if (CREDENTIALS.has(code)) return judgeStatus(what, { ...answer, status: 401 }, now, code);
  const known = CODES[code];
  if (known === undefined) return judgeStatus(what, answer, now, code);
  const [kind, state, hint] = known;
  const options = hint === undefined ? {} : { hint };
  return {
    kind: "fail",
    error: new BucketError(kind, `Cannot ${what}: ${state} (${code})`, options),
  };
}

/** An answer to HEAD has no body, so only its status tells. */
function isRemedied({ status, headers }: Answer, code: string, remedies: Remedies): boolean {
  const isUnknown = code === "" && [400, 401, 403].includes(status);
  const region = headers.get("x-amz-bucket-region") ?? "";
  const isElsewhere = [301, 307, 400, 403].includes(status) && region !== "";
  if (isElsewhere && remedies.moveTo(region)) return true;
  if (code === "RequestTimeTooSkewed" || isUnknown) {
    if (remedies.clock.correct(headers)) return true;
  }
  return (CREDENTIALS.has(code) || isUnknown) && remedies.renewCredentials();
}

/** The `Code` of an error's XML; empty when there is none. */
export function codeOf({ bytes }: Answer): string {
  try {
    const code = textOf(readXml(new TextDecoder().decode(bytes)), "Code") ?? "";
    return /^[A-Za-z0-9]{1,80}$/.test(code) ? code : "";
  } catch {
    return "";
  }
}
