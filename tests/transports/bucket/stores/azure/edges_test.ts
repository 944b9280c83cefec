/**
 * What Azurite does not do, from a server that follows a script: clocks, throttling, broken bodies,
 * services of another age.
 */
import assert from "node:assert/strict";
import { md5Of } from "../../../../../src/transports/bucket/stores/http/digest_check.ts";
import { AzureBucket } from "../../../../../src/transports/bucket/stores/azure/bucket.ts";
import type { AzureCredential } from "../../../../../src/transports/bucket/stores/azure/address.ts";
import { ScriptedHttp, type Step } from "../../../../harness/scripted_http.ts";
import { test } from "../../../../harness/test.ts";
import { SURROUNDINGS } from "./stage.ts";

const SHARED: AzureCredential = { kind: "shared-key", key: new Uint8Array(32) };
const HOURS = 3_600_000;

/** Runs `body` with a bucket whose service does what `script` says. */
async function scripted(
  script: readonly Step[],
  body: (bucket: AzureBucket, server: ScriptedHttp) => Promise<void>,
  credential: AzureCredential = SHARED,
): Promise<void> {
  await using server = await ScriptedHttp.start(script);
  const address = {
    account: "acct",
    endpoint: `${server.url}/acct`,
    container: "chat",
    prefix: "b",
  };
  const patience = { ...SURROUNDINGS.patience, pause: 1, longestPause: 1 };
  await using bucket = new AzureBucket({ ...address, credential }, { ...SURROUNDINGS, patience });
  await body(bucket, server);
}

function fault(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Step {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
  return { status, headers: { "x-ms-error-code": code, ...headers }, body };
}

const CONTENT = new TextEncoder().encode("hello");
const STORED: Step = { status: 201, headers: { etag: '"0x1"' } };

function found(headers: Readonly<Record<string, string>> = {}): Step {
  return {
    status: 200,
    headers: { "etag": '"0x1"', "content-md5": md5Of(CONTENT), ...headers },
    body: CONTENT,
  };
}

test("azure edges: a clock two hours off signs with the service's time", async () => {
  const there = new Date(Date.now() + 2 * HOURS).toUTCString();
  const script = [fault(403, "AuthenticationFailed", { date: there }), STORED, STORED];
  await scripted(script, async (bucket, server) => {
    const absent = { condition: { kind: "absent" } } as const;
    assert.equal((await bucket.put("k", CONTENT, absent)).outcome, "stored");
    assert.equal((await bucket.put("k", CONTENT)).outcome, "stored");
    const dates = server.requests.map(({ headers }) => Date.parse(headers["x-ms-date"] ?? ""));
    const [first = 0, second = 0, third = 0] = dates;
    assert.ok(Math.abs(second - first - 2 * HOURS) < 60_000);
    assert.ok(third >= second, "and goes on so");
  });
});

test("azure edges: a wrong key is not tried again", async () => {
  const now = new Date().toUTCString();
  await scripted([fault(403, "AuthenticationFailed", { date: now })], async (bucket, server) => {
    await assert.rejects(() => bucket.head("k"), { code: "bucket/credentials" });
    assert.equal(server.requests.length, 1);
  });
});

test("azure edges: a signature that has expired says so", async () => {
  const query = "sv=2021-12-02&se=2020-01-01T00%3A00%3A00Z&sig=c2VjcmV0";
  const script = [fault(403, "AuthenticationFailed", { date: new Date().toUTCString() })];
  await scripted(script, async (bucket, server) => {
    await assert.rejects(() => bucket.put("k", CONTENT), {
      code: "bucket/credentials",
      message: "Cannot store k: the shared access signature expired on 2020-01-01T00:00:00.000Z",
    });
    assert.ok(server.requests[0]?.target.endsWith(`?${query}`));
    assert.equal(server.requests[0]?.headers["authorization"], undefined);
  }, { kind: "sas", query });
});

test("azure edges: throttling and failures are waited out", async () => {
  const script: Step[] = [
    fault(503, "ServerBusy"),
    "reset",
    fault(500, "OperationTimedOut"),
    fault(400, "Md5Mismatch"),
    STORED,
  ];
  await scripted(script, async (bucket, server) => {
    assert.equal((await bucket.put("k", CONTENT)).outcome, "stored");
    assert.equal(server.requests.length, 5);
  });
});

test("azure edges: what is sent has its MD5, what comes is compared with it", async () => {
  const broken = found({ "content-md5": md5Of(new Uint8Array(1)) });
  await scripted([STORED, broken, found()], async (bucket, server) => {
    await bucket.put("k", CONTENT);
    assert.equal(server.requests[0]?.headers["content-md5"], md5Of(CONTENT));
    const object = await bucket.get("k");
    await assert.rejects(() => new Response(object?.body).text(), { code: "bucket/corrupt" });
    assert.equal(await new Response((await bucket.get("k"))?.body).text(), "hello");
  });
});

test("azure edges: an answer that is cut off is noticed", async () => {
  const short: Step = { ...(found() as Exclude<Step, string>), announced: 50 };
  await scripted([short], async (bucket) => {
    const object = await bucket.get("k");
    await assert.rejects(() => new Response(object?.body).text(), /Cannot read k: /);
  });
});

const LISTING = (names: readonly string[]) =>
  '<?xml version="1.0"?><EnumerationResults><Blobs>' +
  names.map((name) =>
    `<Blob><Name>${name}</Name><Properties><Content-Length>1</Content-Length><Etag>e</Etag>` +
    "</Properties></Blob>"
  ).join("") +
  "</Blobs><NextMarker/></EnumerationResults>";

for (
  const code of ["InvalidHeaderValue", "InvalidQueryParameterValue", "UnsupportedQueryParameter"]
) {
  test(`azure edges: a service that answers startFrom with ${code} is asked without it`, async () => {
    const page: Step = { status: 200, body: LISTING(["b/1", "b/2", "b/3"]) };
    await scripted([fault(400, code), page, page], async (bucket, server) => {
      for (let round = 0; round < 2; round++) {
        const { objects } = await bucket.list({ prefix: "", startAfter: "1" });
        assert.deepEqual(objects.map(({ key }) => key), ["2", "3"]);
      }
      assert.deepEqual(bucket.notes(), ["lists from the beginning"]);
      const asked = server.requests.map(({ target, headers }) => [
        new URL(target, server.url).searchParams.get("startFrom"),
        new URL(target, server.url).searchParams.get("maxresults"),
        headers["x-ms-version"],
      ]);
      assert.deepEqual(asked, [
        ["b/1", "1000", "2026-02-06"],
        [null, "5000", "2021-12-02"],
        [null, "5000", "2021-12-02"],
      ]);
    });
  });
}

test("azure edges: behind all of a prefix nothing is asked for, before it everything", async () => {
  const page: Step = { status: 200, body: LISTING(["b/k/1"]) };
  await scripted([page], async (bucket, server) => {
    assert.deepEqual(await bucket.list({ prefix: "k/", startAfter: "l" }), {
      objects: [],
      folders: [],
    });
    assert.equal(server.requests.length, 0);
    const { objects } = await bucket.list({ prefix: "k/", startAfter: "a" });
    assert.deepEqual(objects.map(({ key }) => key), ["k/1"]);
  });
});

test("azure edges: somebody else's names are no keys of ours", async () => {
  const names = ["b/1", "b//2", "b/a/../3", "other/4", "b/5/"];
  await scripted([{ status: 200, body: LISTING(names) }], async (bucket) => {
    const { objects } = await bucket.list({ prefix: "" });
    assert.deepEqual(objects.map(({ key }) => key), ["1"]);
  });
});

const WRONG_PARTS: readonly (readonly [Step, string, string])[] = [
  [found(), "bucket/corrupt", "the whole instead of the part"],
  [
    { status: 206, headers: { "etag": '"1"', "content-range": "bytes 0-4/9" }, body: CONTENT },
    "bucket/corrupt",
    "another end",
  ],
  [
    { status: 206, headers: { "etag": '"1"', "content-range": "bytes 1-3/9" }, body: "abc" },
    "bucket/corrupt",
    "another begin",
  ],
  [
    { status: 206, headers: { "etag": '"1"', "content-range": "bytes 2-1/2" }, body: "" },
    "bucket/range",
    "a part of nothing",
  ],
  [{ status: 206, headers: { etag: '"1"' }, body: CONTENT }, "bucket/corrupt", "nobody says which"],
  [fault(416, "InvalidRange"), "bucket/range", "behind the end"],
];

for (const [step, code, why] of WRONG_PARTS) {
  test("azure edges: a part that was not asked for", async () => {
    await scripted([step], async (bucket) => {
      await assert.rejects(() => bucket.get("k", { range: { start: 2, end: 4 } }), { code });
    });
  }, { why });
}

test("azure edges: an answer without an ETag could not be compared and swapped", async () => {
  await scripted([{ status: 201 }], async (bucket) => {
    await assert.rejects(() => bucket.put("k", CONTENT), { code: "bucket/corrupt" });
  });
});

test("azure edges: an immutable object is there, and may not be changed or removed", async () => {
  const immutable = fault(409, "BlobImmutableDueToPolicy");
  await scripted([immutable, immutable, immutable, immutable], async (bucket) => {
    const absent = { condition: { kind: "absent" } } as const;
    assert.deepEqual(await bucket.put("k", CONTENT, absent), { outcome: "refused" });
    const match = { condition: { kind: "match", etag: "0x1" } } as const;
    const code = { code: "bucket/forbidden" };
    await assert.rejects(() => bucket.put("k", CONTENT, match), code);
    await assert.rejects(() => bucket.put("k", CONTENT), code);
    await assert.rejects(() => bucket.delete("k"), code);
  });
});

test("azure edges: a container's policy is asked for", async () => {
  const rows: readonly (readonly [Step, boolean, string])[] = [
    [{ status: 200, headers: { "x-ms-has-immutability-policy": "true" } }, true, "a policy"],
    [{ status: 200, headers: { "x-ms-has-legal-hold": "true" } }, true, "a hold"],
    [{ status: 200, headers: { "x-ms-has-legal-hold": "false" } }, false, "neither"],
    [{ status: 403, headers: { "x-ms-error-code": "AuthorizationFailure" } }, false, "not told"],
  ];
  await scripted(rows.map(([step]) => step), async (bucket, server) => {
    for (const [, expected, why] of rows) {
      assert.equal(await bucket.keepsEverything(), expected, why);
    }
    assert.equal(server.requests[0]?.target, "/acct/chat?restype=container");
  });
});

test("azure edges: an etag that is none of the service's is never sent", async () => {
  await scripted([found()], async (bucket, server) => {
    const condition = { kind: "match", etag: 'x"\r\nX-Evil: 1' } as const;
    assert.deepEqual(await bucket.put("k", CONTENT, { condition }), { outcome: "refused" });
    const object = await bucket.get("k", { unless: "\r\nX-Evil: 1" });
    assert.ok(object !== undefined && object !== "unchanged");
    await object.body.cancel();
    assert.equal(server.requests.length, 1);
    assert.equal(server.requests[0]?.headers["if-none-match"], undefined);
  });
});

test("azure edges: a proxy's 404 does not say that there is no object", async () => {
  const page: Step = { status: 404, body: "<html>Not found<br></html>" };
  await scripted([page, page, page], async (bucket) => {
    const code = { code: "bucket/refused" };
    await assert.rejects(() => bucket.get("k"), code);
    await assert.rejects(() => bucket.head("k"), code);
    await assert.rejects(() => bucket.delete("k"), code);
  });
});
