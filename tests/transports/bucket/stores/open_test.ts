import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../../../../src/errors.ts";
import { openBucket } from "../../../../src/transports/bucket/stores/open.ts";
import { TempFolder } from "../../../history/temp_folder.ts";
import { test } from "../../../harness/test.ts";
import { world } from "./world.ts";

test("open bucket: a folder by path, relative path and URL is the same one", async () => {
  await using folder = await TempFolder.make();
  const path = join(folder.path, "my bucket");
  const here = world({ cwd: folder.path });
  for (const location of [path, "my bucket", "./my bucket/", pathToFileURL(path).href]) {
    await using bucket = await openBucket(location, here);
    assert.equal(bucket.folder, path);
    assert.equal(bucket.url, pathToFileURL(path).href);
    await bucket.put("seen.txt", new Uint8Array());
  }
  const names = Array.from(Deno.readDirSync(path), ({ name }) => name).sort();
  assert.deepEqual(names, [".chatnode", "seen.txt"]);
});

const REFUSED: readonly (readonly [location: string, why: string, code?: string])[] = [
  ["", "nothing at all"],
  ["http://host/bucket", "no scheme of a store"],
  ["sftp://host/folder", "a store that has to be mounted"],
  ["azure://container", "another program's name for one"],
  ["gs://bucket?x=y", "a misspelt parameter"],
  ["az://container?x=y", "a parameter that nobody knows"],
  [
    "https://acct.blob.core.windows.net/c?sv=1&sig=secret",
    "a signature does not belong into a URL",
  ],
  ["s3a://bucket", "another program's name for one"],
  ["file://host/folder", "another machine's folder"],
  ["file:///a%2fb", "an encoded slash"],
  ["file:///a?b=c", "a folder takes no parameters"],
  ["file:folder", "a URL without slashes"],
  ["file://", "a path from a variable that was empty"],
  ["file:///", "everything on this machine"],
  ["/", "everything on this machine"],
  ["s3://", "no bucket"],
  ["s3:bucket", "no slashes"],
  ["s3://a", "a bucket's name that is too short"],
  ["s3://key:secret@bucket/x", "credentials do not belong into a URL"],
  ["s3://bucket/?endpiont=https://h", "a misspelt parameter"],
  ["s3://bucket/?style=none", "a style that is none"],
  ["s3://bucket/?region=eu/west", "a region that is none"],
  ["s3://bucket/%ff", "a path that is not UTF-8"],
  ["s3://bucket/?endpoint=ftp://host", "an endpoint that is not HTTP", "bucket/insecure"],
  ["s3://bucket/?endpoint=http://host", "an endpoint without TLS", "bucket/insecure"],
  ["s3://bucket/?endpoint=http://10.0.0.1&insecure=false", "said twice", "bucket/insecure"],
  ["s3://bucket/?endpoint=https://u:p@host", "credentials in an endpoint"],
];

for (const [location, why, code = "bucket/address"] of REFUSED) {
  test(`open bucket: refuses ${location}`, async () => {
    await assert.rejects(() => openBucket(location, world()), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.code, code);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /secret|u:p/);
      return true;
    });
  }, { why });
}

test("open bucket: what is no folder, or lies in none, is said", async () => {
  await using folder = await TempFolder.make();
  await Deno.writeTextFile(join(folder.path, "file"), "");
  const open = (name: string) => openBucket(join(folder.path, name), world());
  await assert.rejects(() => open("file"), { code: "bucket/missing" });
  await assert.rejects(() => open("none/bucket"), { code: "bucket/missing" });
  await assert.rejects(() => open("file/bucket"), { code: "bucket/refused" });
});

test("open bucket: the stores of the clouds are there", async () => {
  const here = world({
    environment: { AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_SAS_TOKEN: "sv=1&sig=c2VjcmV0" },
  });
  const rows: readonly (readonly [location: string, url: string])[] = [
    ["gs://bucket/a", "gs://bucket/a"],
    ["az://container/a", "https://acct.blob.core.windows.net/container/a"],
    [
      "https://acct.blob.core.windows.net/container/a",
      "https://acct.blob.core.windows.net/container/a",
    ],
  ];
  for (const [location, url] of rows) {
    await using bucket = await openBucket(location, here);
    assert.equal(bucket.url, url);
  }
});
