/** What the test server does not do, from one that follows a script. */
import assert from "node:assert/strict";
import type { GoogleBucket } from "../../../../../src/transports/bucket/stores/gcs/bucket.ts";
import { crc32cOf } from "../../../../../src/transports/bucket/stores/gcs/crc32c.ts";
import { HMAC_KEY } from "../../../../harness/google_storage/server.ts";
import type { GoogleStorage } from "../../../../harness/google_storage/server.ts";
import { ScriptedHttp, type Step } from "../../../../harness/scripted_http.ts";
import { test } from "../../../../harness/test.ts";
import { openGoogle } from "./stage.ts";

const CONTENT = new TextEncoder().encode("hello");
const NAMES = { "etag": '"e"', "x-goog-generation": "17" };
const STORED: Step = { status: 200, headers: NAMES };

async function scripted(
  script: readonly Step[],
  body: (bucket: GoogleBucket, server: ScriptedHttp) => Promise<void>,
): Promise<void> {
  await using server = await ScriptedHttp.start(script);
  const stand = { origin: server.url } as GoogleStorage;
  await using bucket = openGoogle(stand, "chat", { type: "hmac", key: HMAC_KEY }, "b");
  await body(bucket, server);
}

function fault(status: number, code: string): Step {
  return { status, body: `<?xml version='1.0'?><Error><Code>${code}</Code></Error>` };
}

function found(hash: string): Step {
  return { status: 200, headers: { ...NAMES, "x-goog-hash": `crc32c=${hash}` }, body: CONTENT };
}

test("google edges: throttling and failures are waited out", async () => {
  const script: Step[] = [
    fault(429, "SlowDown"),
    "reset",
    fault(503, "ServiceUnavailable"),
    fault(400, "BadDigest"),
    STORED,
  ];
  await scripted(script, async (bucket, server) => {
    assert.deepEqual(await bucket.put("k", CONTENT), { outcome: "stored", etag: "17:e" });
    assert.equal(server.requests.length, 5);
    assert.equal(server.requests[4]?.headers["x-goog-hash"], `crc32c=${crc32cOf(CONTENT)}`);
  });
});

test("google edges: content is compared with its CRC-32C", async () => {
  await scripted([found("AAAAAA=="), found(crc32cOf(CONTENT))], async (bucket) => {
    const broken = await bucket.get("k");
    await assert.rejects(() => new Response(broken?.body).text(), { code: "bucket/corrupt" });
    assert.equal(await new Response((await bucket.get("k"))?.body).text(), "hello");
  });
});

test("google edges: a policy's 412 is no lost race", async () => {
  await scripted([fault(412, "OrgPolicyConstraintFailed")], async (bucket) => {
    const condition = { kind: "absent" } as const;
    await assert.rejects(() => bucket.put("k", CONTENT, { condition }), {
      code: "bucket/forbidden",
    });
  });
});

test("google edges: an etag that is none of ours is never sent", async () => {
  await scripted([found(crc32cOf(CONTENT))], async (bucket, server) => {
    const condition = { kind: "match", etag: 'x"\r\nX-Evil: 1' } as const;
    assert.deepEqual(await bucket.put("k", CONTENT, { condition }), { outcome: "refused" });
    const object = await bucket.get("k", { unless: "\r\nX-Evil: 1" });
    assert.ok(object !== undefined && object !== "unchanged");
    await object.body.cancel();
    assert.equal(server.requests.length, 1);
    assert.equal(server.requests[0]?.headers["if-none-match"], undefined);
  });
});

test("google edges: answers without what is needed", async () => {
  const nameless: Step = { status: 200, body: CONTENT };
  await scripted([{ status: 200 }, nameless, fault(404, "NoSuchUpload")], async (bucket) => {
    const code = { code: "bucket/corrupt" };
    await assert.rejects(() => bucket.put("k", CONTENT), code);
    await assert.rejects(() => bucket.get("k"), code);
    await assert.rejects(() => bucket.get("k"), { code: "bucket/refused" });
  });
});

const LISTINGS: readonly (readonly [string, string])[] = [
  ["<Error/>", "no listing"],
  ["<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "it leads nowhere"],
  [
    "<ListBucketResult><Contents><Key>k</Key><Size>1</Size><ETag>e</ETag></Contents></ListBucketResult>",
    "no generation",
  ],
  [
    "<ListBucketResult><Contents><Key>k</Key><Generation>1</Generation><Size>-1</Size>" +
    "<ETag>e</ETag></Contents></ListBucketResult>",
    "less than nothing",
  ],
];

for (const [body, why] of LISTINGS) {
  test("google edges: a listing that is none", async () => {
    await scripted([{ status: 200, body }], async (bucket) => {
      await assert.rejects(() => bucket.list({ prefix: "" }), { code: "bucket/corrupt" });
    });
  }, { why });
}

test("google edges: somebody else's names are no keys of ours", async () => {
  const body = `<ListBucketResult>${
    ["b/1", "b//2", "b/a/../3", "other/4", "b/5/"].map((name) =>
      `<Contents><Key>${name}</Key><Generation>1</Generation><Size>1</Size><ETag>e</ETag></Contents>`
    ).join("")
  }</ListBucketResult>`;
  await scripted([{ status: 200, body }], async (bucket) => {
    const { objects } = await bucket.list({ prefix: "" });
    assert.deepEqual(objects, [{ key: "1", size: 1, etag: "1:e" }]);
  });
});

test("google edges: the length of what comes in chunks is that of what is stored", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, () => {
    const body = new Blob([CONTENT]).stream();
    const headers = { ...NAMES, "x-goog-stored-content-length": "6" };
    return new Response(body, { headers });
  });
  const stand = { origin: `http://127.0.0.1:${server.addr.port}` } as GoogleStorage;
  {
    await using bucket = openGoogle(stand, "chat", { type: "hmac", key: HMAC_KEY }, "b");
    const object = await bucket.get("k");
    assert.equal(object?.size, 6);
    await assert.rejects(() => new Response(object?.body).text(), { code: "bucket/corrupt" });
  }
  await server.shutdown();
});

test("google edges: a proxy's 404 does not say that there is no object", async () => {
  const page: Step = { status: 404, body: "<html>Not found<br></html>" };
  await scripted([page, page, { status: 404 }, page], async (bucket) => {
    await assert.rejects(() => bucket.get("k"), { code: "bucket/refused" });
    await assert.rejects(() => bucket.delete("k"), { code: "bucket/refused" });
    await assert.rejects(() => bucket.head("k"), { code: "bucket/refused" });
  });
});

test("google edges: an object that comes while it is looked for is seen", async () => {
  const none: Step = { status: 404 };
  const part: Step = { status: 206, headers: NAMES, body: "h" };
  const there: Step = { status: 200, headers: NAMES };
  await scripted([none, part, there], async (bucket) => {
    assert.deepEqual(await bucket.head("k"), { key: "k", size: 0, etag: "17:e" });
  });
  await scripted([none, part, none, part, none, part], async (bucket) => {
    await assert.rejects(() => bucket.head("k"), { code: "bucket/corrupt" });
  });
});
