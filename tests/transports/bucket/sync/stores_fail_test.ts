/** A bucket that is full, silent or locked out; a disk that is full: told, and over when it is over. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Bucket, BucketErrorCode } from "../../../../src/transports/bucket/stores/contract.ts";
import { BucketError } from "../../../../src/transports/bucket/stores/errors.ts";
import { eventually } from "../../../harness/eventually.ts";
import { test } from "../../../harness/test.ts";
import { canMount, HOW_TO_MOUNT, SmallDisk } from "../../../process/small_disk.ts";
import { World } from "./world.ts";

/** A bucket whose `put` and `get` fail as long as `code` is set, or never come back. */
class Moody {
  code: BucketErrorCode | "silence" | undefined;

  wrap(bucket: Bucket): Bucket {
    return new Proxy(bucket, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        if (name !== "put" && name !== "get") return value.bind(target);
        return async (...args: unknown[]) => {
          await this.#mood(args);
          return await value.apply(target, args);
        };
      },
    });
  }

  async #mood(args: readonly unknown[]): Promise<void> {
    if (this.code === undefined) return;
    if (this.code !== "silence") {
      throw new BucketError(this.code, "Cannot do it: the test says so");
    }
    const { signal } = args.at(-1) as { readonly signal: AbortSignal };
    signal.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    await promise;
  }
}

const rows: readonly (readonly [code: BucketErrorCode, why: string])[] = [
  ["bucket/full", "a quota is used up"],
  ["bucket/credentials", "credentials have expired"],
  ["bucket/forbidden", "somebody changed the rights"],
  ["bucket/unavailable", "the store is down"],
];

for (const [code, why] of rows) {
  test(`${code} is told, and everything goes on by itself afterwards`, async () => {
    await using world = await World.make();
    const moody = new Moody();
    await using a = await world.open("a", { wrap: (bucket) => moody.wrap(bucket) });
    await a.say("before");
    await a.push();
    moody.code = code;
    await a.say("meanwhile");
    a.sync.start();
    await eventually("it is told", () => a.sync.status().failure?.code === code);
    assert.equal((await a.texts()).length, 2, "people can talk meanwhile");
    moody.code = undefined;
    await eventually("it goes on", () => a.sync.status().state === "working");
    await eventually("it is stored", async () => (await world.storedIds()).length === 2);
  }, { why });
}

test("a store that never answers does not keep a node from ending", async () => {
  await using world = await World.make();
  const moody = new Moody();
  await using a = await world.open("a", { wrap: (bucket) => moody.wrap(bucket) });
  await a.say("before");
  await a.push();
  await a.say("meanwhile");
  moody.code = "silence";
  a.sync.start();
  // A real store would hold a socket open; the clock's timers alone keep no process alive.
  const alive = setInterval(() => undefined, 1_000);
  await a.sync.stop(100);
  clearInterval(alive);
  moody.code = undefined;
  await a[Symbol.asyncDispose]();
  await using again = await world.open("a");
  await again.push();
  assert.equal((await world.storedIds()).length, 2, "what was cut off is stored once");
});

const mountable = await canMount();
Deno.test({
  name: `a full disk: nothing is fetched until there is room, then everything${
    mountable ? "" : ` (${HOW_TO_MOUNT})`
  }`,
  ignore: !mountable,
  fn: async () => {
    await using world = await World.make();
    await using a = await world.open("a");
    const long = "x".repeat(10_000);
    for (let each = 0; each < 100; each++) await a.say(`${each} ${long}`);
    await a.push();
    await using disk = await SmallDisk.mount(join(world.path, "b"), 64);
    await using b = await world.open("b");
    await disk.fill();
    b.sync.start();
    await eventually("it is told", () => b.sync.status().failure !== undefined);
    await disk.free();
    await eventually("everything is there", async () => (await b.texts()).length === 100, 60_000);
    await b[Symbol.asyncDispose]();
  },
});
