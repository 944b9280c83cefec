/** S3 as a real server speaks it: Ceph's gateway. */
import assert from "node:assert/strict";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { systemClock } from "../../../../../src/clock.ts";
import { openBucket } from "../../../../../src/transports/bucket/stores/open.ts";
import { probeBucket } from "../../../../../src/transports/bucket/stores/probe.ts";
import type { World } from "../../../../../src/transports/bucket/stores/world.ts";
import { type BucketStage, testBucket } from "../../../../conformance/bucket.ts";
import { RadosGateway } from "../../../../harness/radosgw.ts";
import { world } from "../world.ts";

const ABILITIES = { putIfAbsent: true, putIfMatch: true, delete: true };

/** A gateway and the buckets in it. */
class Stage implements BucketStage {
  readonly gateway: RadosGateway;
  #fresh = 0;

  constructor(gateway: RadosGateway) {
    this.gateway = gateway;
  }

  open(place: string, more: Partial<World> = {}) {
    const { endpoint, environment } = this.gateway;
    return openBucket(`s3://${place}?endpoint=${endpoint}`, world({ environment, ...more }));
  }

  async fresh() {
    // Characters that a signature and a listing have to get right in a base, too.
    const place = `conformance/case ${this.#fresh++}/b+c`;
    const bucket = await this.open(place);
    return {
      bucket,
      abilities: ABILITIES,
      another: () => this.open(place),
      [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose](),
    };
  }

  [Symbol.asyncDispose]() {
    return this.gateway[Symbol.asyncDispose]();
  }
}

testBucket("S3 of Ceph", {
  async start() {
    const gateway = await RadosGateway.start();
    await gateway.makeBucket("conformance");
    return new Stage(gateway);
  },
  also: [
    ["the probe finds out what it honours, and how it wants etags", async (stage) => {
      await using bucket = await stage.open("conformance/probe");
      const { abilities, line } = await probeBucket(bucket, () => crypto.randomUUID());
      assert.deepEqual(abilities, ABILITIES);
      assert.match(line, /If-Match unquoted, etags are MD5$/);
    }],
    [
      "the probe finds an object lock, and that conditions count for nothing then",
      async (stage) => {
        await stage.gateway.makeLockedBucket("locked");
        await using bucket = await stage.open("locked");
        const { abilities, line } = await probeBucket(bucket, () => crypto.randomUUID());
        // In a bucket with versions, Ceph 16 compares with the version that is to be made.
        assert.deepEqual(abilities, { putIfAbsent: false, putIfMatch: false, delete: false });
        assert.match(line, /DOES NOT refuse to overwrite/);
        assert.match(line, /keeps everything \(object lock\)/);
      },
    ],
    ["a clock two hours off is put right", async (stage) => {
      const off = 2 * 3_600_000;
      const clock = { ...systemClock, now: () => systemClock.now() - off };
      await using bucket = await stage.open("conformance/clock", { clock });
      await bucket.put("a", new Uint8Array(3));
      assert.equal((await bucket.head("a"))?.size, 3);
      await using other = await stage.open("conformance/clock", { clock });
      assert.equal((await other.head("a"))?.size, 3, "HEAD, which has no words for it, too");
    }],
    ["a wrong key, a wrong secret and a missing bucket are told apart", async (stage) => {
      const { environment } = stage.gateway;
      const rows: readonly (readonly [string, Record<string, string>, string])[] = [
        ["conformance", { AWS_SECRET_ACCESS_KEY: "wrong" }, "bucket/credentials"],
        ["conformance", { AWS_ACCESS_KEY_ID: "nobody" }, "bucket/credentials"],
        ["nowhere", {}, "bucket/missing"],
      ];
      for (const [place, wrong, code] of rows) {
        await using bucket = await stage.open(place, { environment: { ...environment, ...wrong } });
        await assert.rejects(() => bucket.list({ prefix: "" }), { code });
        await assert.rejects(() => bucket.put("a", new Uint8Array()), { code });
        await assert.rejects(() => bucket.get("a"), { code });
      }
    }],
    ["the bucket as part of the host's name", async (stage) => {
      const { port } = new URL(stage.gateway.endpoint);
      const url = `s3://conformance/virtual?style=virtual&endpoint=http://localhost:${port}`;
      const { environment } = stage.gateway;
      await using bucket = await openBucket(url, world({ environment, fetch: fetchAtLoopback }));
      await bucket.put("a b", new Uint8Array(7));
      assert.equal((await bucket.head("a b"))?.size, 7);
      const { objects } = await bucket.list({ prefix: "" });
      assert.deepEqual(objects.map(({ key }) => key), ["a b"]);
      await using same = await stage.open("conformance/virtual");
      assert.equal((await same.head("a b"))?.size, 7, "it is the bucket that the path names, too");
    }],
    ["it goes away and comes back: the call that waits gets through", async (stage) => {
      await using bucket = await stage.open("conformance/pause", {
        fetch: unreachableFor(3),
      });
      assert.equal((await bucket.put("a", new Uint8Array(1))).outcome, "stored");
    }],
  ],
});

/** `fetch` for hosts below `localhost`, which not every system's resolver knows. */
async function fetchAtLoopback(url: string, init: RequestInit): Promise<Response> {
  const { host, port, pathname, search } = new URL(url);
  assert.match(host, /^conformance\.localhost:/);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { ...init.headers as Record<string, string>, host };
  const method = init.method ?? "GET";
  const options = { host: "127.0.0.1", port, path: pathname + search, method, headers };
  httpRequest({ ...options, agent: false }, resolve).on("error", reject)
    .end(init.body as Uint8Array | undefined);
  const answer = await promise;
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const kept = Object.entries(answer.headers).map(([name, value]) => [name, `${value}`]);
  const body = method === "HEAD" ? null : new Blob(chunks as Uint8Array<ArrayBuffer>[]);
  return new Response(body, { status: answer.statusCode ?? 0, headers: Object.fromEntries(kept) });
}

/** `fetch` whose first `times` connections go where nobody listens. */
function unreachableFor(times: number): World["fetch"] {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  let made = 0;
  return (url, init) => fetch(made++ < times ? `http://127.0.0.1:${port}/` : url, init);
}
