import assert from "node:assert/strict";
import type { BucketErrorCode } from "../../../../../src/transports/bucket/stores/contract.ts";
import { isRefusal, judgeGoogle } from "../../../../../src/transports/bucket/stores/gcs/faults.ts";
import type { Answer } from "../../../../../src/transports/bucket/stores/http/exchange.ts";
import { test } from "../../../../harness/test.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

/** An answer as the XML API gives it. */
function answer(status: number, code: string): Answer {
  const xml = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code>` +
    "<Message>Something.</Message><Details>writer@x.iam does not have storage.objects.create" +
    "</Details></Error>";
  return {
    status,
    headers: new Headers(),
    bytes: new TextEncoder().encode(code === "" ? "" : xml),
  };
}

const FAILS: readonly (readonly [number, string, BucketErrorCode, string])[] = [
  [401, "AuthenticationRequired", "bucket/credentials", "nothing was sent, or a dead token"],
  [403, "InvalidAccessKeyId", "bucket/credentials", "no such HMAC key"],
  [403, "InvalidSecurity", "bucket/credentials", "no such HMAC key, said otherwise"],
  [403, "SignatureDoesNotMatch", "bucket/credentials", "a wrong secret"],
  [403, "RequestTimeTooSkewed", "bucket/credentials", "a clock that stays wrong"],
  [400, "ExpiredToken", "bucket/credentials", "a token of yesterday"],
  [401, "", "bucket/credentials", "HEAD says no more"],
  [403, "AccessDenied", "bucket/forbidden", "a role is missing"],
  [403, "ObjectUnderActiveHold", "bucket/forbidden", "a hold"],
  [403, "RetentionPolicyNotMet", "bucket/forbidden", "a retention policy"],
  [412, "OrgPolicyConstraintFailed", "bucket/forbidden", "412, but no condition of ours"],
  [403, "UserProjectAccountProblem", "bucket/forbidden", "billing is closed"],
  [400, "UserProjectMissing", "bucket/forbidden", "requester pays"],
  [403, "", "bucket/forbidden", "HEAD says no more"],
  [404, "NoSuchBucket", "bucket/missing", "no bucket"],
  [416, "InvalidRange", "bucket/range", "behind the end"],
  [403, "QuotaExceeded", "bucket/full", "a quota"],
  [400, "InvalidArgument", "bucket/refused", "a fault of ours"],
  [409, "NewConflict", "bucket/refused", "an unknown code is judged by its status"],
];

for (const [status, code, expected, why] of FAILS) {
  test(`google faults: ${status} ${code}`, () => {
    const verdict = judgeGoogle("read a/b", answer(status, code), NOW);
    assert.equal(verdict.kind, "fail");
    assert.equal(verdict.error.code, expected);
    assert.match(verdict.error.message, /^Cannot read a\/b: /);
    assert.ok(verdict.error.message.includes(`status ${status}`));
    assert.ok(!verdict.error.message.includes("writer@x"));
  }, { why });
}

const AGAIN: readonly (readonly [number, string, string])[] = [
  [429, "SlowDown", "more than one write a second to one object"],
  [503, "SlowDown", "throttled"],
  [503, "ServiceUnavailable", "a failure of the service"],
  [500, "InternalError", "a failure of the service"],
  [400, "BadDigest", "what came was not what was sent"],
  [400, "IncompleteBody", "not all of it came"],
  [400, "RequestTimeout", "it came too slowly"],
  [408, "", "no code at all"],
  [502, "", "a proxy"],
];

for (const [status, code, why] of AGAIN) {
  test(`google faults: tries again after ${status} ${code}`, () => {
    const verdict = judgeGoogle("store a", answer(status, code), NOW);
    assert.equal(verdict.kind, "again");
    assert.equal(verdict.error.code, "bucket/unavailable");
  }, { why });
}

test("google faults: only a failed precondition is a refusal", () => {
  assert.equal(isRefusal(answer(412, "PreconditionFailed")), true);
  assert.equal(isRefusal(answer(412, "")), true);
  assert.equal(isRefusal(answer(412, "OrgPolicyConstraintFailed")), false);
  assert.equal(isRefusal(answer(403, "PreconditionFailed")), false);
});
