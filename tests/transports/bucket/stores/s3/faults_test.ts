import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Bucket } from "../../../../../src/transports/bucket/stores/contract.ts";
import type { BucketError } from "../../../../../src/transports/bucket/stores/errors.ts";
import { openS3 } from "../../../../../src/transports/bucket/stores/s3/open.ts";
import type { World } from "../../../../../src/transports/bucket/stores/world.ts";
import { inTime } from "../../../../harness/eventually.ts";
import { ManualClock } from "../../../../harness/manual_clock.ts";
import { type ScriptedAnswer, ScriptedHttp, type Step } from "../../../../harness/scripted_http.ts";
import { test } from "../../../../harness/test.ts";
import { world } from "../world.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "s3cr3t" };

async function open(server: ScriptedHttp, more: Partial<World> = {}): Promise<Bucket> {
  return await openS3(
    `s3://bucket/base?endpoint=${server.url}&region=eu-x-1`,
    world({ environment: KEYS, ...more }),
  );
}

const xml = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
): ScriptedAnswer => ({
  status,
  headers,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>s3cr3t?</Message></Error>`,
});

function object(body: string, headers: Record<string, string> = {}): ScriptedAnswer {
  return { status: 200, body, headers: { etag: '"e1"', ...headers } };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");

const read = async (bucket: Bucket) => {
  const found = await bucket.get("k");
  return found === undefined ? "nothing" : await new Response(found.body).text();
};
const put = async (bucket: Bucket) => {
  const condition = { kind: "absent" } as const;
  return (await bucket.put("k", new TextEncoder().encode("x"), { condition })).outcome;
};
const head = async (bucket: Bucket) => (await bucket.head("k"))?.etag ?? "nothing";
const list = async (bucket: Bucket) =>
  (await bucket.list({ prefix: "" })).objects.map(({ key }) => key).join(" ") || "nothing";
const remove = async (bucket: Bucket) => {
  await bucket.delete("k");
  return "removed";
};

const page = (...keys: readonly string[]): ScriptedAnswer => ({
  status: 200,
  body: `<ListBucketResult>${
    keys.map((key) =>
      `<Contents><Key>${key}</Key><Size>1</Size><ETag>&quot;e&quot;</ETag></Contents>`
    ).join("")
  }<IsTruncated>false</IsTruncated></ListBucketResult>`,
});

const ROWS: readonly (readonly [
  why: string,
  call: (bucket: Bucket) => Promise<string>,
  steps: readonly Step[],
  outcome: string,
])[] = [
  ["a refused condition", put, [xml(412, "PreconditionFailed")], "refused after 1"],
  ["two conditional writers at once are asked to try again", put, [
    xml(409, "ConditionalRequestConflict"),
    object(""),
  ], "stored after 2"],
  ["too many requests", put, [xml(503, "SlowDown"), object("")], "stored after 2"],
  [
    "a slow upload that the store gave up",
    put,
    [xml(400, "RequestTimeout"), object("")],
    "stored after 2",
  ],
  ["a body that was changed on its way", put, [
    xml(400, "XAmzContentSHA256Mismatch"),
    object(""),
  ], "stored after 2"],
  ["no permission", put, [xml(403, "AccessDenied")], "bucket/forbidden after 1"],
  ["a wrong secret", put, [xml(403, "SignatureDoesNotMatch")], "bucket/credentials after 1"],
  ["no such bucket, storing", put, [xml(404, "NoSuchBucket")], "bucket/missing after 1"],
  ["no such bucket, reading", read, [xml(404, "NoSuchBucket")], "bucket/missing after 1"],
  ["no such bucket, listing", list, [xml(404, "NoSuchBucket")], "bucket/missing after 1"],
  ["no such bucket, removing", remove, [xml(404, "NoSuchBucket")], "bucket/missing after 1"],
  ["no such object", read, [xml(404, "NoSuchKey")], "nothing after 1"],
  [
    "a 404 that is not the store's",
    read,
    [{ status: 404, body: "<h1>lost</h1>" }],
    "bucket/refused after 1",
  ],
  ["a quota", put, [xml(403, "QuotaExceeded")], "bucket/full after 1"],
  ["what it cannot do", put, [xml(501, "NotImplemented")], "bucket/unsupported after 1"],
  ["an etag that is missing", put, [{ status: 200 }], "bucket/corrupt after 1"],
  ["an object in time, with its checksum", read, [
    object("hello", { "x-amz-checksum-sha256": sha256("hello") }),
  ], "hello after 1"],
  ["other bytes than were stored", read, [
    object("hellO", { "x-amz-checksum-sha256": sha256("hello") }),
  ], "bucket/corrupt after 1"],
  ["a checksum of checksums says nothing", read, [
    object("hello", { "x-amz-checksum-sha256": `${sha256("x")}-2` }),
  ], "hello after 1"],
  [
    "a short body",
    read,
    [{ ...object("hell"), announced: 5 }],
    "bucket/unavailable after 1",
  ],
  ["an answer that is reset before it begins", read, ["reset", object("hello")], "hello after 2"],
  ["HEAD of nothing", head, [{ status: 404 }], "nothing after 1"],
  [
    "HEAD without a permission",
    head,
    [{ status: 403 }, { status: 403 }],
    "bucket/forbidden after 2",
  ],
  ["a page", list, [page("base/a", "base/b")], "a b after 1"],
  ["folders that a console made, and what lies elsewhere", list, [
    page("base/", "base/a/", "base/b", "basement"),
  ], "b after 1"],
  ["a page out of order", list, [page("base/b", "base/a")], "bucket/unsupported after 1"],
  ["a page that breaks off", list, [
    { status: 200, body: "<ListBucketResult><Contents>" },
  ], "bucket/corrupt after 1"],
  [
    "a page of another kind",
    list,
    [{ status: 200, body: "<html></html>" }],
    "bucket/corrupt after 1",
  ],
  ["a page without a next one", list, [{
    status: 200,
    body: "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
  }], "bucket/corrupt after 1"],
  ["a page that is shorter than announced", list, [
    { ...page("base/a"), announced: 5000 },
    page("base/a"),
  ], "a after 2"],
  ["a region that turns out to be another", list, [
    xml(301, "PermanentRedirect", { "x-amz-bucket-region": "us-x-2" }),
    page("base/a"),
  ], "a after 2"],
  ["a region that stays wrong", list, [
    xml(301, "PermanentRedirect", { "x-amz-bucket-region": "us-x-2" }),
    xml(301, "PermanentRedirect", { "x-amz-bucket-region": "us-x-2" }),
  ], "bucket/refused after 2"],
  ["credentials that are looked for once more, not for ever", put, [
    xml(400, "ExpiredToken"),
    xml(400, "ExpiredToken"),
  ], "bucket/credentials after 2"],
  ["a document type in an answer", list, [{
    status: 200,
    body: '<!DOCTYPE x [<!ENTITY a "b">]><ListBucketResult>&a;</ListBucketResult>',
  }], "bucket/corrupt after 1"],
];

for (const [why, call, steps, outcome] of ROWS) {
  test("S3", async () => {
    await using server = await ScriptedHttp.start(steps);
    await using bucket = await open(server);
    const found = await inTime(
      why,
      call(bucket).catch((error: BucketError) => {
        assert.ok(!Deno.inspect(error).includes("s3cr3t"), "an error holds no secret");
        return error.code;
      }),
    );
    assert.equal(`${found} after ${server.requests.length}`, outcome);
  }, { why });
}

test("S3: requests are signed, and say what they carry", async () => {
  await using server = await ScriptedHttp.start([object(""), object("")]);
  const clock = new ManualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const session = { ...KEYS, AWS_SESSION_TOKEN: "t0ken" };
  await using bucket = await open(server, { clock, environment: session });
  await bucket.put("a b/c.jsonl", new TextEncoder().encode("hello"), {
    condition: { kind: "absent" },
  });
  const [request] = server.requests;
  assert.equal(`${request?.method} ${request?.target}`, "PUT /bucket/base/a%20b/c.jsonl");
  const headers: Readonly<Record<string, string>> = request?.headers ?? {};
  assert.equal(headers["if-none-match"], "*");
  assert.equal(headers["content-type"], "application/x-ndjson");
  assert.equal(headers["x-amz-date"], "20260102T030405Z");
  assert.equal(headers["x-amz-security-token"], "t0ken");
  assert.equal(headers["x-amz-checksum-sha256"], sha256("hello"));
  assert.equal(
    headers["x-amz-content-sha256"],
    createHash("sha256").update("hello").digest("hex"),
  );
  assert.match(
    headers["authorization"] ?? "",
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20260102\/eu-x-1\/s3\/aws4_request, SignedHeaders=[^ ]*if-none-match[^ ]*, Signature=[0-9a-f]{64}$/,
  );
  assert.ok(!JSON.stringify(server.requests.map(({ headers }) => headers)).includes("s3cr3t"));
});

const SKEWED:
  readonly (readonly [string, ScriptedAnswer, (bucket: Bucket) => Promise<string>, string])[] = [
    ["told so", xml(403, "RequestTimeTooSkewed"), read, "hello"],
    ["HEAD cannot tell, but its date does", { status: 403 }, head, "e1"],
  ];

for (const [why, refusal, call, outcome] of SKEWED) {
  test("S3: a clock that is two hours off is corrected by the store's", async () => {
    const store = Date.UTC(2026, 0, 2, 5, 4, 5);
    const date = { date: new Date(store).toUTCString() };
    await using server = await ScriptedHttp.start(({ headers }) => {
      if (headers["x-amz-date"] === "20260102T050405Z") return object("hello");
      return { ...refusal, headers: date };
    });
    await using bucket = await open(server, { clock: new ManualClock(store - 2 * 3_600_000) });
    assert.equal(await call(bucket), outcome);
    assert.equal(await call(bucket), outcome);
    assert.equal(server.requests.length, 3, "the second call knows the time");
  }, { why });
}

test("S3: a refused time that is not ours to correct ends", async () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);
  const date = { date: new Date(now).toUTCString() };
  await using server = await ScriptedHttp.start(() => xml(403, "RequestTimeTooSkewed", date));
  await using bucket = await open(server, { clock: new ManualClock(now) });
  await assert.rejects(() => read(bucket), { code: "bucket/forbidden" });
  assert.equal(server.requests.length, 1);
});

test("S3: MD5 etags are believed after a put has shown that they are that", async () => {
  const md5 = createHash("md5").update("hello").digest("hex");
  const etag = { etag: `"${md5}"` };
  await using server = await ScriptedHttp.start([
    object("hellO", etag),
    object("", etag),
    object("hellO", etag),
    object("hellO", { ...etag, "x-amz-server-side-encryption": "aws:kms" }),
  ]);
  await using bucket = await open(server);
  assert.equal(await read(bucket), "hellO", "nothing is known yet");
  await bucket.put("k", new TextEncoder().encode("hello"));
  await assert.rejects(() => read(bucket), { code: "bucket/corrupt" });
  assert.equal(await read(bucket), "hellO", "encrypted, an etag is no MD5");
});

test("S3: finds out once how a store wants an etag", async () => {
  let etag = 1;
  await using server = await ScriptedHttp.start(({ method, headers }) => {
    const now = { etag: `"e${etag}"` };
    if (method === "HEAD") return { status: 200, headers: now };
    if (headers["if-match"] !== `e${etag}`) return xml(412, "PreconditionFailed");
    etag++;
    return { status: 200, headers: { etag: `"e${etag}"` } };
  });
  await using bucket = await open(server);
  const replace = (etag: string) =>
    bucket.put("k", new Uint8Array(), { condition: { kind: "match", etag } });
  assert.deepEqual(await replace("e7"), { outcome: "refused" });
  assert.deepEqual(await replace("e1"), { outcome: "stored", etag: "e2" });
  assert.deepEqual(await replace("e2"), { outcome: "stored", etag: "e3" });
  assert.deepEqual(await replace("e2"), { outcome: "refused" });
  assert.deepEqual(
    server.requests.map(({ method, headers }) => `${method} ${headers["if-match"] ?? ""}`.trim()),
    ['PUT "e7"', "HEAD", 'PUT "e1"', "HEAD", "PUT e1", "PUT e2", "PUT e2"],
  );
});
