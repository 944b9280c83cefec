/** Rights and places, against Azurite. */
import assert from "node:assert/strict";
import type { AzureBucket } from "../../../../../src/transports/bucket/stores/azure/bucket.ts";
import type { BucketErrorCode } from "../../../../../src/transports/bucket/stores/contract.ts";
import { probeBucket } from "../../../../../src/transports/bucket/stores/probe.ts";
import { startAzurite } from "../../../../harness/azurite.ts";
import { test } from "../../../../harness/test.ts";
import { connectionString, makeContainer, openAzure } from "./stage.ts";

const CONTENT = new TextEncoder().encode("hello");

/** Every call of `bucket` ends with `code`. */
async function refuses(bucket: AzureBucket, code: BucketErrorCode): Promise<void> {
  await assert.rejects(() => bucket.put("k", CONTENT), { code });
  await assert.rejects(() => bucket.get("k"), { code });
  await assert.rejects(() => bucket.head("k"), { code });
  await assert.rejects(() => bucket.list({ prefix: "" }), { code });
  await assert.rejects(() => bucket.delete("k"), { code });
}

test("azurite: containers, keys and signatures", async (context) => {
  await using azurite = await startAzurite();
  const container = await makeContainer(azurite);
  const connection = connectionString(azurite, "shared key");

  await context.step("is probed as what it is", async () => {
    for (const way of ["shared key", "signature"] as const) {
      await using bucket = openAzure(`az://${container}/probed`, connectionString(azurite, way));
      const { abilities, writable, line } = await probeBucket(bucket, () => crypto.randomUUID());
      assert.deepEqual(abilities, { putIfAbsent: true, putIfMatch: true, delete: true });
      assert.ok(writable);
      assert.ok(!line.includes("sig="));
    }
  });

  await context.step("a missing container is named as such", async () => {
    await using bucket = openAzure("az://nothing-here", connection);
    await refuses(bucket, "bucket/missing");
  });

  await context.step("a wrong key is refused", async () => {
    const wrong = connection.replace(azurite.key, btoa("x".repeat(64)));
    await using bucket = openAzure(`az://${container}`, wrong);
    // The service itself calls this AuthenticationFailed, see faults_test.ts.
    await refuses(bucket, "bucket/forbidden");
  });

  await context.step("a signature of yesterday is refused", async () => {
    const right = connectionString(azurite, "signature", { expires: Date.now() - 86_400_000 });
    await using bucket = openAzure(`${azurite.endpoint}/${container}`, right);
    assert.ok(!bucket.url.includes("sig="));
    // As above: the service's own answer is the one in edges_test.ts.
    await refuses(bucket, "bucket/forbidden");
  });

  await context.step("a signature for reading reads, and writes nothing", async () => {
    await using writer = openAzure(`az://${container}/p`, connection);
    await writer.put("k", CONTENT);
    const right = connectionString(azurite, "signature", { permissions: "rl" });
    await using bucket = openAzure(`${azurite.endpoint}/${container}/p`, right);
    assert.equal((await bucket.head("k"))?.size, 5);
    assert.equal((await bucket.list({ prefix: "" })).objects.length, 1);
    await assert.rejects(() => bucket.put("k", CONTENT), { code: "bucket/forbidden" });
    await assert.rejects(() => bucket.delete("k"), { code: "bucket/forbidden" });
  });

  await context.step("a signature for creating creates, and overwrites nothing", async () => {
    const right = connectionString(azurite, "signature", { permissions: "rlc" });
    await using bucket = openAzure(`${azurite.endpoint}/${container}/created`, right);
    const absent = { condition: { kind: "absent" } } as const;
    assert.equal((await bucket.put("k", CONTENT, absent)).outcome, "stored");
    await assert.rejects(() => bucket.put("k", CONTENT), { code: "bucket/forbidden" });
  });

  await context.step("bases beside each other do not see each other", async () => {
    await using one = openAzure(`az://${container}/base`, connection);
    await using two = openAzure(`az://${container}/base2`, connection);
    await one.put("a", CONTENT);
    await two.put("b", CONTENT);
    assert.deepEqual((await one.list({ prefix: "" })).objects.map(({ key }) => key), ["a"]);
  });

  await context.step("what is not there yet is skipped in big steps", async () => {
    await using bucket = openAzure(`az://${container}/steps`, connection);
    const keys = Array.from({ length: 60 }, (_, n) => `k${String(n).padStart(3, "0")}`);
    for (const key of keys) await bucket.put(key, CONTENT);
    const page = await bucket.list({ prefix: "", startAfter: "k049", limit: 1000 });
    assert.deepEqual(page.objects.map(({ key }) => key), keys.slice(50));
    assert.equal(page.next, undefined);
  });
});
