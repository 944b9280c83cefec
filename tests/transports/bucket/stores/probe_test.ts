import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { openFolder } from "../../../../src/transports/bucket/stores/local/open.ts";
import { openS3 } from "../../../../src/transports/bucket/stores/s3/open.ts";
import { probeBucket } from "../../../../src/transports/bucket/stores/probe.ts";
import { TempFolder } from "../../../history/temp_folder.ts";
import { ScriptedHttp, type Step } from "../../../harness/scripted_http.ts";
import { test } from "../../../harness/test.ts";
import { world } from "./world.ts";

const uuid = () => crypto.randomUUID();

test("probe: a folder honours everything, again and again, from several at once", async () => {
  await using folder = await TempFolder.make();
  const url = pathToFileURL(folder.path).href;
  const expected = {
    abilities: { putIfAbsent: true, putIfMatch: true, delete: true },
    writable: true,
    line: `${url}: never overwrites by mistake, replaces by comparison, can delete`,
  };
  await using bucket = await openFolder(folder.path, world());
  for (let round = 0; round < 2; round++) {
    const probes = Array.from({ length: 3 }, () => probeBucket(bucket, uuid));
    for (const probe of await Promise.all(probes)) assert.deepEqual(probe, expected);
  }
  const page = await bucket.list({ prefix: "" });
  assert.deepEqual(page.objects.map(({ key }) => key), ["probe.json"]);
});

test("probe: says what a file system lacks", async () => {
  await using folder = await TempFolder.make();
  const link = () => Promise.reject(new Deno.errors.NotSupported("Operation not supported"));
  await using bucket = await openFolder(folder.path, { ...world(), link });
  const { line } = await probeBucket(bucket, uuid);
  assert.match(line, /no hard links/);
});

/** An S3 server of one object that honours what it is told to. */
function store(honours: {
  readonly absent?: "honoured" | "ignored" | "not implemented";
  readonly match?: "honoured" | "ignored" | "denied";
  readonly puts?: "allowed" | "denied";
  readonly deletes?: "allowed" | "denied";
  readonly lock?: "on";
}): Parameters<typeof ScriptedHttp.start>[0] {
  let version = 0;
  const error = (status: number, code: string): Step => ({
    status,
    body: `<Error><Code>${code}</Code></Error>`,
  });
  const etag = () => `"v${version}"`;
  return ({ method, target, headers }) => {
    if (method === "HEAD") {
      return version === 0 ? { status: 404 } : { status: 200, headers: { etag: etag() } };
    }
    if (method === "DELETE") {
      return honours.deletes === "denied" ? error(403, "AccessDenied") : { status: 204 };
    }
    if (target.includes("object-lock")) {
      return honours.lock === undefined ? error(404, "ObjectLockConfigurationNotFoundError") : {
        status: 200,
        body:
          "<ObjectLockConfiguration><Rule><DefaultRetention><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
      };
    }
    if (method === "GET") return { status: 200, body: "<ListBucketResult/>" };
    const absent = headers["if-none-match"] === "*";
    const match = headers["if-match"];
    if (honours.puts === "denied") return error(403, "AccessDenied");
    if (absent && honours.absent === "not implemented") return error(501, "NotImplemented");
    if (match !== undefined && honours.match === "denied") return error(403, "AccessDenied");
    const refused = (absent && honours.absent !== "ignored" && version > 0) ||
      (match !== undefined && honours.match !== "ignored" && match !== etag());
    if (refused) return error(412, "PreconditionFailed");
    version++;
    return { status: 200, headers: { etag: etag() } };
  };
}

const WAYS: readonly (readonly [
  why: string,
  honours: Parameters<typeof store>[0],
  line: string,
  abilities: readonly [boolean, boolean, boolean],
])[] = [
  [
    "a store that does it all",
    {},
    "never overwrites by mistake, replaces by comparison, can delete",
    [
      true,
      true,
      true,
    ],
  ],
  [
    "one that ignores conditions",
    { absent: "ignored", match: "ignored" },
    "DOES NOT refuse to overwrite, cannot replace by comparison, can delete",
    [false, false, true],
  ],
  [
    "one that knows only one condition",
    { absent: "not implemented" },
    "DOES NOT refuse to overwrite, replaces by comparison, can delete",
    [false, true, true],
  ],
  [
    "a bucket in which nothing may be changed",
    { match: "denied", deletes: "denied" },
    "never overwrites by mistake, does not let objects be replaced, does not let objects be deleted",
    [true, false, false],
  ],
  [
    "a bucket with a default retention",
    { lock: "on" },
    "replaces by comparison, keeps everything (object lock)",
    [true, true, false],
  ],
  ["a bucket to read from", { puts: "denied" }, "can be read, not written", [false, false, false]],
];

for (const [why, honours, line, [putIfAbsent, putIfMatch, remove]] of WAYS) {
  test("probe", async () => {
    await using server = await ScriptedHttp.start(store(honours));
    const environment = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key" };
    const url = `s3://bucket/base?endpoint=${server.url}`;
    await using bucket = await openS3(url, world({ environment }));
    const probe = await probeBucket(bucket, uuid);
    assert.deepEqual(probe.abilities, { putIfAbsent, putIfMatch, delete: remove });
    assert.ok(probe.line.includes(line), probe.line);
    assert.equal(probe.writable, honours.puts !== "denied");
  }, { why });
}
