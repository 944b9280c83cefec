import assert from "node:assert/strict";
import { isRefusal, judgeAzure } from "../../../../../src/transports/bucket/stores/azure/faults.ts";
import type { BucketErrorCode } from "../../../../../src/transports/bucket/stores/contract.ts";
import type { Answer } from "../../../../../src/transports/bucket/stores/http/exchange.ts";
import { test } from "../../../../harness/test.ts";

const NOW = Date.UTC(2026, 10, 20, 12);

/** An answer as the service gives it: the code in the head and in the body. */
function answer(status: number, code: string, options: { readonly head?: boolean } = {}): Answer {
  const xml = `\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>` +
    "Server failed.\nRequestId:5d2e0ad2-001e-0000-0000-000000000000\n" +
    "Time:2026-11-20T12:00:00.0000000Z</Message></Error>";
  const { head = false } = options;
  return {
    status,
    headers: new Headers(head ? { "x-ms-error-code": code } : {}),
    bytes: new TextEncoder().encode(head ? "" : xml),
  };
}

const FAILS: readonly (readonly [number, string, BucketErrorCode, string])[] = [
  [403, "AuthenticationFailed", "bucket/credentials", "wrong key, or an expired signature"],
  [401, "NoAuthenticationInformation", "bucket/credentials", "nothing was sent"],
  [400, "InvalidAuthenticationInfo", "bucket/credentials", "a mangled header"],
  [409, "PublicAccessNotPermitted", "bucket/credentials", "an anonymous request"],
  [403, "AuthorizationFailure", "bucket/forbidden", "a firewall, or a right that is missing"],
  [403, "AuthorizationPermissionMismatch", "bucket/forbidden", "a signature without the right"],
  [403, "AuthorizationResourceTypeMismatch", "bucket/forbidden", "a signature for containers only"],
  [403, "AuthorizationSourceIPMismatch", "bucket/forbidden", "a signature for other addresses"],
  [403, "UnauthorizedBlobOverwrite", "bucket/forbidden", "create is not overwrite"],
  [403, "KeyBasedAuthenticationNotPermitted", "bucket/forbidden", "keys are switched off"],
  [403, "AccountIsDisabled", "bucket/forbidden", "a disabled account"],
  [403, "InsufficientAccountPermissions", "bucket/forbidden", "read-only access"],
  [409, "BlobImmutableDueToPolicy", "bucket/forbidden", "immutable storage"],
  [409, "BlobArchived", "bucket/forbidden", "archive tier"],
  [412, "LeaseIdMissing", "bucket/forbidden", "412, but no condition of ours"],
  [404, "ContainerNotFound", "bucket/missing", "no container"],
  [409, "ContainerBeingDeleted", "bucket/missing", "a container that goes"],
  [404, "ResourceNotFound", "bucket/missing", "no account"],
  [416, "InvalidRange", "bucket/range", "behind the end"],
  [403, "AccountCapacityExceeded", "bucket/full", "the account's quota"],
  [507, "Whatever", "bucket/full", "no space, by status"],
  [400, "InvalidUri", "bucket/refused", "any other fault of ours"],
  [409, "SnapshotsPresent", "bucket/refused", "any other conflict"],
  [403, "NewCode", "bucket/forbidden", "an unknown code is judged by its status"],
];

for (const [status, code, expected, why] of FAILS) {
  test(`azure faults: ${status} ${code}`, () => {
    for (const head of [true, false]) {
      const verdict = judgeAzure("read a/b", answer(status, code, { head }), NOW);
      assert.equal(verdict.kind, "fail");
      assert.equal(verdict.error.code, expected);
      assert.match(verdict.error.message, /^Cannot read a\/b: /);
      assert.ok(verdict.error.message.includes(`${status}, ${code}`));
      assert.ok(!verdict.error.message.includes("RequestId"));
    }
  }, { why });
}

const AGAIN: readonly (readonly [number, string, string])[] = [
  [503, "ServerBusy", "throttled"],
  [500, "InternalError", "a failure of the service"],
  [500, "OperationTimedOut", "the service gave up"],
  [400, "Md5Mismatch", "what came was not what was sent"],
  [409, "AccountBeingCreated", "soon"],
  [408, "", "no code at all"],
  [429, "", "a proxy throttles"],
];

for (const [status, code, why] of AGAIN) {
  test(`azure faults: tries again after ${status} ${code}`, () => {
    const verdict = judgeAzure("store a", answer(status, code), NOW);
    assert.equal(verdict.kind, "again");
    assert.equal(verdict.error.code, "bucket/unavailable");
  }, { why });
}

test("azure faults: waits as long as the service asks", () => {
  const busy = answer(503, "ServerBusy", { head: true });
  busy.headers.set("retry-after", "7");
  const verdict = judgeAzure("store a", busy, NOW);
  assert.ok(verdict.kind === "again" && verdict.afterMs === 7_000);
});

test("azure faults: a proxy's page is judged by its status", () => {
  const bytes = new TextEncoder().encode("<html><body>nope<br></body></html>");
  const verdict = judgeAzure("list", { status: 403, headers: new Headers(), bytes }, NOW);
  assert.equal(verdict.error.code, "bucket/forbidden");
});

test("azure faults: a code with control characters cannot reach a terminal", () => {
  const verdict = judgeAzure("list", answer(400, "x&#x9b;31mred", {}), NOW);
  // deno-lint-ignore no-control-regex -- that none is left
  assert.doesNotMatch(verdict.error.message, /[\u0000-\u001f\u007f-\u009f]/);
});

const REFUSALS: readonly (readonly [number, string, "absent" | "match", boolean, string])[] = [
  [409, "BlobAlreadyExists", "absent", true, "somebody was first"],
  [412, "ConditionNotMet", "match", true, "somebody changed it"],
  [412, "TargetConditionNotMet", "match", true, "another spelling"],
  [409, "BlobImmutableDueToPolicy", "absent", true, "what is protected is there"],
  [409, "BlobImmutableDueToPolicy", "match", false, "nobody changed it, it may not be changed"],
  [403, "UnauthorizedBlobOverwrite", "absent", true, "what may not be overwritten is there"],
  [403, "UnauthorizedBlobOverwrite", "match", false, "nobody changed it, it may not be changed"],
  [403, "AuthorizationPermissionMismatch", "absent", false, "perhaps nothing may be made"],
  [412, "LeaseIdMissing", "match", false, "a lease is no condition"],
  [409, "ContainerBeingDeleted", "absent", false, "nothing was looked at"],
];

for (const [status, code, kind, expected, why] of REFUSALS) {
  test(`azure faults: ${code} under ${kind}`, () => {
    assert.equal(isRefusal(answer(status, code, { head: true }), kind), expected);
    assert.equal(isRefusal(answer(status, code), kind), expected);
  }, { why });
}
