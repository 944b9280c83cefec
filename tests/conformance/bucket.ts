/**
 * What every bucket has to keep, whatever stores it. Used by `tests/transports/bucket/stores`.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type {
  Bucket,
  BucketAbilities,
  ListOptions,
  ObjectInfo,
} from "../../src/transports/bucket/stores/contract.ts";
import { compareKeys } from "../../src/transports/bucket/stores/key.ts";
import { inTime } from "../harness/eventually.ts";

/** An empty bucket under test. */
export interface BucketSubject extends AsyncDisposable {
  readonly bucket: Bucket;
  readonly abilities: BucketAbilities;
  /** By UTF-16 units from one page to the next: above U+D7FF that is not the contract's order. */
  readonly pageOrder?: "utf-16";
  /** Another handle on the same base, as another process has it; the caller disposes of it. */
  another(): Promise<Bucket>;
}

/** How a suite is run on one kind of store. */
export interface BucketSuite<Stage extends BucketStage> {
  /** Once before the first test; what it gives is disposed of after the last one. */
  readonly start: () => Promise<Stage>;
  /** What only this kind of store has to keep. */
  readonly also?: readonly (readonly [name: string, run: (stage: Stage) => Promise<void>])[];
}

/** Where fresh buckets come from. */
export interface BucketStage extends AsyncDisposable {
  fresh(): Promise<BucketSubject>;
}

type Content = Uint8Array<ArrayBuffer>;

const absent = { condition: { kind: "absent" } } as const;
const match = (etag: string) => ({ condition: { kind: "match", etag } }) as const;

/** The bytes of a text. */
function bytes(text: string): Content {
  return new TextEncoder().encode(text);
}

/** `size` bytes that differ from place to place. */
function large(size: number): Content {
  const content = new Uint8Array(size);
  let seed = 1;
  for (let at = 0; at < size; at++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    content[at] = seed >>> 16;
  }
  return content;
}

async function whole(body: ReadableStream<Content>): Promise<Content> {
  return await new Response(body).bytes();
}

async function text(bucket: Bucket, key: string): Promise<string | undefined> {
  const object = await bucket.get(key);
  return object && new TextDecoder().decode(await whole(object.body));
}

async function store(bucket: Bucket, key: string, content: Content | string): Promise<string> {
  const result = await bucket.put(key, typeof content === "string" ? bytes(content) : content);
  assert.equal(result.outcome, "stored");
  return result.outcome === "stored" ? result.etag : "";
}

/** Stores all keys, some at a time. */
async function storeAll(bucket: Bucket, keys: readonly string[]): Promise<void> {
  const waiting = [...keys];
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      await store(bucket, key, key);
    }
  }));
}

/** All pages of a listing. */
async function listed(
  bucket: Bucket,
  options: ListOptions,
): Promise<{ objects: ObjectInfo[]; folders: string[]; pages: number }> {
  const found = { objects: [] as ObjectInfo[], folders: [] as string[], pages: 0 };
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ ...options, ...(cursor === undefined ? {} : { cursor }) });
    assert.ok(
      page.objects.length + page.folders.length <= (options.limit ?? 1000),
      "no page has more entries than asked for",
    );
    found.objects.push(...page.objects);
    found.folders.push(...page.folders);
    found.pages++;
    assert.ok(found.pages < 2000, "the pages come to an end");
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

async function keys(bucket: Bucket, options: Partial<ListOptions> = {}): Promise<string[]> {
  return (await listed(bucket, { prefix: "", ...options })).objects.map(({ key }) => key);
}

/** Keys that are right and that somebody's encoding gets wrong. */
const ODD_KEYS: readonly string[] = [
  "plain",
  "with space",
  " leading and trailing ",
  "a+b",
  "a%2Fb",
  "100%",
  "%e4",
  "~tilde~",
  ".hidden",
  "..two dots first",
  "dots...",
  "a..b/c.",
  "-_.!*'()",
  "a&b=c?d#e",
  'quote"s and `ticks`',
  "<xml>&amp;]]>",
  "a;b,c:d@e$f|g^h{i}[j]",
  "\u00fcml\u00e4ut",
  "\u4f60\u597d/\u4e16\u754c",
  "emoji \u{1f600}/\u{1f468}\u200d\u{1f469}",
  "\u05e9\u05dc\u05d5\u05dd",
  "\ufb01 ligature",
  "rooms/caf%c3%a9/logs/2026-01-02/messages_1_2_a@b~x.jsonl",
];

type Case = readonly [name: string, run: (subject: BucketSubject) => Promise<void>];

const WRITING: readonly Case[] = [
  ["gives back what was stored", async ({ bucket }) => {
    const etag = await store(bucket, "a/b/c.txt", "hello");
    const object = await bucket.get("a/b/c.txt");
    assert.ok(object);
    assert.deepEqual(
      { key: object.key, size: object.size, etag: object.etag },
      { key: "a/b/c.txt", size: 5, etag },
    );
    assert.equal(new TextDecoder().decode(await whole(object.body)), "hello");
    assert.deepEqual(await bucket.head("a/b/c.txt"), { key: "a/b/c.txt", size: 5, etag });
  }],
  ["says that there is nothing", async ({ bucket }) => {
    await store(bucket, "a/b", "x");
    for (const key of ["nothing", "a", "a/b2", "a/c/d"]) {
      assert.equal(await bucket.get(key), undefined);
      assert.equal(await bucket.get(key, { unless: "x", range: { start: 3 } }), undefined);
      assert.equal(await bucket.head(key), undefined);
    }
  }],
  ["stores nothing at all as well", async ({ bucket }) => {
    await store(bucket, "empty", "");
    assert.equal((await bucket.head("empty"))?.size, 0);
    assert.equal(await text(bucket, "empty"), "");
    assert.deepEqual(await keys(bucket), ["empty"]);
  }],
  ["overwrites without a condition, and the etag tells", async ({ bucket }) => {
    const first = await store(bucket, "a", "one");
    const second = await store(bucket, "a", "two");
    assert.notEqual(first, second);
    assert.equal(await text(bucket, "a"), "two");
  }],
  ["keeps every byte", async ({ bucket }) => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await store(bucket, "bytes", all);
    const object = await bucket.get("bytes");
    assert.deepEqual(object && await whole(object.body), all);
  }],
  ["absent: refuses what is there, identical bytes too", async ({ bucket, abilities }) => {
    if (!abilities.putIfAbsent) return;
    assert.equal((await bucket.put("k", bytes("one"), absent)).outcome, "stored");
    assert.deepEqual(await bucket.put("k", bytes("two"), absent), { outcome: "refused" });
    assert.deepEqual(await bucket.put("k", bytes("one"), absent), { outcome: "refused" });
    assert.equal(await text(bucket, "k"), "one");
  }],
  ["absent: one of many racing writers wins", async ({ bucket, abilities, another }) => {
    if (!abilities.putIfAbsent) return;
    await using other = await another();
    for (let round = 0; round < 5; round++) {
      const key = `race/${round}`;
      const writers = Array.from({ length: 12 }, (_, n) => ({ n, on: n % 2 ? bucket : other }));
      const results = await Promise.all(
        writers.map(({ n, on }) => on.put(key, bytes(`writer ${n}`), absent)),
      );
      const winners = results.flatMap(({ outcome }, n) => outcome === "stored" ? [n] : []);
      assert.equal(winners.length, 1);
      assert.equal(await text(bucket, key), `writer ${winners[0]}`);
    }
  }],
  ["match: replaces only what is still there", async ({ bucket, abilities, another }) => {
    if (!abilities.putIfMatch) return;
    const first = await store(bucket, "head", "v1");
    const second = await bucket.put("head", bytes("v2"), match(first));
    assert.equal(second.outcome, "stored");
    assert.deepEqual(await bucket.put("head", bytes("v3"), match(first)), { outcome: "refused" });
    assert.equal(await text(bucket, "head"), "v2");
    await using other = await another();
    const etag = (await other.head("head"))?.etag ?? "";
    assert.equal((await other.put("head", bytes("v3"), match(etag))).outcome, "stored");
    assert.equal(await text(bucket, "head"), "v3");
  }],
  ["match: an etag of a listing or of a get fits too", async ({ bucket, abilities }) => {
    if (!abilities.putIfMatch) return;
    const stored = await store(bucket, "head", "v1");
    const page = await bucket.list({ prefix: "" });
    assert.equal(page.objects[0]?.etag, stored);
    const object = await bucket.get("head");
    await object?.body.cancel();
    assert.equal(object?.etag, stored);
  }],
  ["match: refuses what is gone or never was", async ({ bucket, abilities }) => {
    if (!abilities.putIfMatch) return;
    const etag = await store(bucket, "a", "x");
    assert.deepEqual(await bucket.put("b", bytes("y"), match(etag)), { outcome: "refused" });
    if (!abilities.delete) return;
    await bucket.delete("a");
    assert.deepEqual(await bucket.put("a", bytes("y"), match(etag)), { outcome: "refused" });
  }],
  ["match: counts right with racing writers", async ({ bucket, abilities, another }) => {
    if (!abilities.putIfMatch) return;
    await using other = await another();
    await store(bucket, "count", "0");
    const add = async (on: Bucket): Promise<void> => {
      for (let tries = 0; tries < 200; tries++) {
        const object = await on.get("count");
        assert.ok(object);
        const next = Number(new TextDecoder().decode(await whole(object.body))) + 1;
        const { outcome } = await on.put("count", bytes(`${next}`), match(object.etag));
        if (outcome === "stored") return;
      }
      assert.fail("a writer never came to its turn");
    };
    await Promise.all(Array.from({ length: 10 }, (_, n) => add(n % 2 ? bucket : other)));
    assert.equal(await text(bucket, "count"), "10");
  }],
  ["deletes, and what is gone is fine", async ({ bucket, abilities }) => {
    if (!abilities.delete) return;
    await storeAll(bucket, ["a/b", "a/c"]);
    await bucket.delete("a/b");
    await bucket.delete("a/b");
    await bucket.delete("never/was");
    assert.equal(await bucket.head("a/b"), undefined);
    assert.deepEqual(await keys(bucket), ["a/c"]);
    if (abilities.putIfAbsent) {
      assert.equal((await bucket.put("a/b", bytes("again"), absent)).outcome, "stored");
    }
  }],
];

const READING: readonly Case[] = [
  ["reads a part", async ({ bucket }) => {
    await store(bucket, "digits", "0123456789");
    const rows: readonly (readonly [number, number | undefined, string])[] = [
      [0, undefined, "0123456789"],
      [3, undefined, "3456789"],
      [0, 1, "0"],
      [2, 5, "234"],
      [9, 10, "9"],
      [7, 1000, "789"],
    ];
    for (const [start, end, expected] of rows) {
      const range = end === undefined ? { start } : { start, end };
      const object = await bucket.get("digits", { range });
      assert.ok(object);
      assert.equal(object.size, 10, "the size is that of the whole object");
      assert.equal(new TextDecoder().decode(await whole(object.body)), expected);
    }
    for (const start of [10, 11, 5000]) {
      await assert.rejects(() => bucket.get("digits", { range: { start } }), {
        code: "bucket/range",
      });
    }
    for (const range of [{ start: -1 }, { start: 0.5 }, { start: 3, end: 3 }]) {
      await assert.rejects(() => bucket.get("digits", { range }), RangeError);
    }
  }],
  ["tells what has not changed", async ({ bucket }) => {
    const etag = await store(bucket, "a", "one");
    assert.equal(await bucket.get("a", { unless: etag }), "unchanged");
    assert.equal(await bucket.get("a", { unless: etag, range: { start: 1 } }), "unchanged");
    await store(bucket, "a", "two");
    const rest = await bucket.get("a", { unless: etag, range: { start: 1 } });
    assert.ok(rest !== undefined && rest !== "unchanged");
    assert.deepEqual([rest.size, new TextDecoder().decode(await whole(rest.body))], [3, "wo"]);
    const object = await bucket.get("a", { unless: etag });
    assert.ok(object !== undefined && object !== "unchanged");
    assert.notEqual(object.etag, etag);
    assert.equal(new TextDecoder().decode(await whole(object.body)), "two");
  }],
  ["streams a large object, and lets it be cancelled", async ({ bucket }) => {
    const content = large(9 * 1024 * 1024 + 11);
    await store(bucket, "large", content);
    const object = await bucket.get("large");
    assert.ok(object);
    let at = 0;
    for await (const chunk of object.body) {
      assert.ok(chunk.length <= content.length / 4, "it comes in pieces");
      assert.ok(equal(chunk, content.subarray(at, at + chunk.length)), `the same at ${at}`);
      at += chunk.length;
    }
    assert.equal(at, content.length);
    const part = await bucket.get("large", { range: { start: 5_000_000, end: 5_000_100 } });
    assert.deepEqual(part && await whole(part.body), content.slice(5_000_000, 5_000_100));
    for (const chunks of [0, 1]) {
      const cancelled = await bucket.get("large");
      const reader = cancelled?.body.getReader();
      for (let n = 0; n < chunks; n++) await reader?.read();
      await reader?.cancel();
    }
  }],
  ["reads an object as it was when the reading began", async ({ bucket }) => {
    await store(bucket, "a", large(300_000));
    const object = await bucket.get("a");
    assert.ok(object);
    await store(bucket, "a", "short");
    const read = await whole(object.body).catch((error) => error.code);
    // A store may also notice that it cannot give the old content any more.
    if (typeof read !== "string") assert.deepEqual(read, large(300_000));
    assert.equal(await text(bucket, "a"), "short");
  }],
];

const LISTING: readonly Case[] = [
  ["lists nothing in an empty bucket", async ({ bucket }) => {
    assert.deepEqual(await bucket.list({ prefix: "" }), { objects: [], folders: [] });
    assert.deepEqual(await bucket.list({ prefix: "a/b", depth: "folder" }), {
      objects: [],
      folders: [],
    });
  }],
  ["lists in the order of the bytes, folders between", async ({ bucket, pageOrder }) => {
    const unordered = [
      "b",
      "a/z",
      "a-b",
      "a0",
      "a/b/c",
      "a.b",
      "Z",
      "a/b.c",
      "a/b-c",
      "c/\uffee",
      "c/\u{1f600}",
      "c/\u00e4",
      "c/z",
    ];
    await storeAll(bucket, unordered);
    const expected = unordered.toSorted(compareKeys);
    assert.deepEqual(expected.slice(-4), ["c/z", "c/\u00e4", "c/\uffee", "c/\u{1f600}"]);
    assert.deepEqual(await keys(bucket), expected);
    for (const limit of [1, 2, 3, 5]) {
      const paged = await keys(bucket, { limit });
      if (pageOrder === undefined) assert.deepEqual(paged, expected);
      const [plain, wanted] = [paged, expected].map((all) => all.filter((key) => key < "c/\ud800"));
      assert.deepEqual(plain, wanted);
      assert.deepEqual(paged.sort(compareKeys), expected);
    }
  }],
  ["lists by prefix and after a key", async ({ bucket }) => {
    await storeAll(bucket, ["a/1", "a/2", "a/3/x", "ab", "b/1", "b/2"]);
    const rows: readonly (readonly [Partial<ListOptions>, readonly string[]])[] = [
      [{ prefix: "a" }, ["a/1", "a/2", "a/3/x", "ab"]],
      [{ prefix: "a/" }, ["a/1", "a/2", "a/3/x"]],
      [{ prefix: "a/3" }, ["a/3/x"]],
      [{ prefix: "a/1" }, ["a/1"]],
      [{ prefix: "c" }, []],
      [{ startAfter: "a/2" }, ["a/3/x", "ab", "b/1", "b/2"]],
      [{ startAfter: "a/20" }, ["a/3/x", "ab", "b/1", "b/2"]],
      [{ startAfter: "a" }, ["a/1", "a/2", "a/3/x", "ab", "b/1", "b/2"]],
      [{ startAfter: "a/3/" }, ["a/3/x", "ab", "b/1", "b/2"]],
      [{ startAfter: "b/2" }, []],
      [{ startAfter: "zzz" }, []],
      [{ prefix: "b/", startAfter: "a/1" }, ["b/1", "b/2"]],
      [{ prefix: "b/", startAfter: "b/1" }, ["b/2"]],
      [{ prefix: "a/", startAfter: "b/1" }, []],
    ];
    for (const [options, expected] of rows) {
      for (const limit of [1, 2, 1000]) {
        const found = await keys(bucket, { ...options, limit });
        assert.deepEqual(found, expected, JSON.stringify({ ...options, limit }));
      }
    }
  }],
  ["folds folders", async ({ bucket }) => {
    await storeAll(bucket, ["rooms/a/x", "rooms/a/y/z", "rooms/b/x", "rooms/b.json", "top"]);
    const rows: readonly (readonly [Partial<ListOptions>, string, string])[] = [
      [{ prefix: "" }, "top", "rooms/"],
      [{ prefix: "rooms/" }, "rooms/b.json", "rooms/a/ rooms/b/"],
      [{ prefix: "rooms/a" }, "", "rooms/a/"],
      [{ prefix: "rooms/a/" }, "rooms/a/x", "rooms/a/y/"],
      [{ prefix: "ro" }, "", "rooms/"],
      [{ prefix: "rooms/b" }, "rooms/b.json", "rooms/b/"],
      [{ prefix: "none/" }, "", ""],
    ];
    for (const [options, objects, folders] of rows) {
      for (const limit of [1, 2, 1000]) {
        const found = await listed(bucket, { prefix: "", ...options, depth: "folder", limit });
        assert.deepEqual(
          [found.objects.map(({ key }) => key).join(" "), found.folders.join(" ")],
          [objects, folders],
          JSON.stringify({ ...options, limit }),
        );
      }
    }
  }],
  ["folds folders after a key", async ({ bucket }) => {
    await storeAll(bucket, ["r/a/1", "r/b/1", "r/b/2", "r/c"]);
    const rows: readonly (readonly [string, string, string])[] = [
      ["r/a/1", "r/c", "r/b/"],
      ["r/a/zzz", "r/c", "r/b/"],
      ["r/b/zzz", "r/c", ""],
    ];
    for (const [startAfter, objects, folders] of rows) {
      const found = await listed(bucket, { prefix: "r/", depth: "folder", startAfter });
      assert.deepEqual(found.objects.map(({ key }) => key).join(" "), objects, startAfter);
      // Whether the folder that the key itself lies in is told again is the store's own matter.
      const own = `${startAfter.split("/").slice(0, 2).join("/")}/`;
      assert.equal(found.folders.filter((folder) => folder !== own).join(" "), folders, startAfter);
    }
  }],
  ["pages through more than a thousand keys", async ({ bucket }) => {
    const all = Array.from({ length: 1_030 }, (_, n) => `n/${n.toString().padStart(5, "0")}`);
    await storeAll(bucket, all);
    const found = await listed(bucket, { prefix: "" });
    assert.ok(found.pages >= 2);
    assert.deepEqual(found.objects.map(({ key }) => key), all);
    assert.ok(found.objects.every(({ size, etag }) => size === 7 && etag !== ""));
    assert.deepEqual(await keys(bucket, { limit: 97 }), all);
    assert.deepEqual(await keys(bucket, { startAfter: "n/00999", limit: 7 }), all.slice(1000));
    for (const limit of [0, 1001, 1.5]) {
      await assert.rejects(() => bucket.list({ prefix: "", limit }), RangeError);
    }
  }],
];

const EDGES: readonly Case[] = [
  ["takes odd keys", async ({ bucket, abilities }) => {
    await storeAll(bucket, ODD_KEYS);
    assert.deepEqual(await keys(bucket), ODD_KEYS.toSorted(compareKeys));
    for (const key of ODD_KEYS) {
      assert.equal((await bucket.head(key))?.size, bytes(key).length, key);
      assert.equal(await text(bucket, key), key);
      assert.deepEqual(await keys(bucket, { prefix: key, limit: 1 }), [key]);
    }
    assert.deepEqual(await keys(bucket, { limit: 2 }), ODD_KEYS.toSorted(compareKeys));
    if (!abilities.delete) return;
    for (const key of ODD_KEYS) await bucket.delete(key);
    assert.deepEqual(await keys(bucket), []);
  }],
  ["tells keys apart that look alike", async ({ bucket }) => {
    const alike = ["Key", "key", "caf\u00e9", "cafe\u0301", "a b", "a+b", "a%20b"];
    await storeAll(bucket, alike);
    for (const key of alike) assert.equal(await text(bucket, key), key);
    assert.deepEqual(await keys(bucket), alike.toSorted(compareKeys));
  }],
  ["refuses what is no key, and sends nothing", async ({ bucket }) => {
    const bad = [
      "",
      "/",
      "/a",
      "a/",
      "a//b",
      ".",
      "..",
      "a/../b",
      "a/./b",
      "../a",
      "a\0b",
      "a\nb",
      "\u007f",
      "\ud800",
      "x".repeat(1025),
      "\u00e4".repeat(600),
    ];
    for (const key of bad) {
      const shown = JSON.stringify(key);
      const code = { code: "bucket/key" };
      await assert.rejects(() => bucket.put(key, bytes("x")), code, shown);
      await assert.rejects(() => bucket.get(key), code, shown);
      await assert.rejects(() => bucket.head(key), code, shown);
      await assert.rejects(() => bucket.delete(key), code, shown);
    }
    for (const prefix of ["/", "a//", "../", "a\0"]) {
      await assert.rejects(() => bucket.list({ prefix }), { code: "bucket/key" }, prefix);
    }
    assert.deepEqual(await keys(bucket), []);
  }],
  ["is right about any sequence of puts and deletes", async ({ bucket, abilities }) => {
    const part = fc.constantFrom("a", "b", "c.d", "e-f", "\u00e4");
    const key = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) =>
      `${parts.join("/")}.x`
    );
    const step = fc.tuple(key, fc.constantFrom("put", "absent", "delete"));
    const expected = new Map<string, string>();
    for (const [at, [name, what]] of fc.sample(step, { numRuns: 60, seed: 42 }).entries()) {
      if (what === "delete" && abilities.delete) {
        await bucket.delete(name);
        expected.delete(name);
      } else if (what === "absent" && abilities.putIfAbsent) {
        const { outcome } = await bucket.put(name, bytes(`${at}`), absent);
        assert.equal(outcome, expected.has(name) ? "refused" : "stored");
        if (outcome === "stored") expected.set(name, `${at}`);
      } else if (what === "put") {
        await store(bucket, name, `${at}`);
        expected.set(name, `${at}`);
      }
    }
    assert.deepEqual(await keys(bucket, { limit: 4 }), [...expected.keys()].sort(compareKeys));
    for (const [name, content] of expected) assert.equal(await text(bucket, name), content);
  }],
  ["ends a call with the signal's reason, or in time", async ({ bucket }) => {
    await store(bucket, "a", "x");
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const calls: readonly ((options: { signal?: AbortSignal; deadlineMs?: number }) => unknown)[] =
      [
        (options) => bucket.put("b", bytes("x"), options),
        (options) => bucket.get("a", options),
        (options) => bucket.head("a", options),
        (options) => bucket.list({ prefix: "", ...options }),
        (options) => bucket.delete("a", options),
      ];
    for (const call of calls) {
      await assert.rejects(async () => await call({ signal }), (error) => error === reason);
      await assert.rejects(async () => await call({ deadlineMs: 0 }), { code: "bucket/timeout" });
    }
    assert.deepEqual(await keys(bucket), ["a"], "nothing was done");
  }],
  ["ends a body with the signal's reason", async ({ bucket }) => {
    await store(bucket, "large", large(8 * 1024 * 1024));
    const stop = new AbortController();
    const object = await bucket.get("large", { signal: stop.signal });
    const reader = object?.body.getReader();
    await reader?.read();
    const reason = new Error("enough");
    stop.abort(reason);
    await assert.rejects(
      async () => {
        while (!(await reader?.read())?.done);
      },
      (error) => error === reason,
    );
  }],
  ["refuses everything once closed, and ends what is under way", async ({ bucket, another }) => {
    await store(bucket, "large", large(8 * 1024 * 1024));
    const other = await another();
    const reader = (await other.get("large"))?.body.getReader();
    await reader?.read();
    await other[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    const code = { code: "bucket/closed" };
    await assert.rejects(async () => {
      while (!(await reader?.read())?.done);
    }, code);
    await assert.rejects(() => other.put("a", bytes("x")), code);
    await assert.rejects(() => other.get("a"), code);
    await assert.rejects(() => other.head("a"), code);
    await assert.rejects(() => other.list({ prefix: "" }), code);
    await assert.rejects(() => other.delete("a"), code);
    assert.equal((await bucket.head("large"))?.size, 8 * 1024 * 1024);
  }],
  ["has a URL that is fit for logs", ({ bucket }) => {
    const url = new URL(bucket.url);
    assert.equal(url.password, "");
    assert.doesNotMatch(bucket.url, /secret|signature|sig=/i);
    return Promise.resolve();
  }],
];

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Registers the suite for one kind of store. */
export function testBucket<Stage extends BucketStage>(
  kind: string,
  { start, also = [] }: BucketSuite<Stage>,
): void {
  Deno.test({
    name: `bucket, ${kind}`,
    sanitizeOps: true,
    sanitizeResources: true,
    async fn(context) {
      await using stage = await start();
      for (const [name, run] of [...WRITING, ...READING, ...LISTING, ...EDGES]) {
        await context.step(name, async () => {
          await using subject = await stage.fresh();
          await inTime(name, run(subject), 120_000);
        });
      }
      for (const [name, run] of also) {
        await context.step(name, async () => await inTime(name, run(stage), 120_000));
      }
    },
  });
}
