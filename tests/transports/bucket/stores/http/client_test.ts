import assert from "node:assert/strict";
import { systemClock } from "../../../../../src/clock.ts";
import { BucketError } from "../../../../../src/transports/bucket/stores/errors.ts";
import { HttpClient } from "../../../../../src/transports/bucket/stores/http/client.ts";
import type { Exchange } from "../../../../../src/transports/bucket/stores/http/exchange.ts";
import { PATIENCE, type Patience } from "../../../../../src/transports/bucket/stores/patience.ts";
import { eventually, inTime } from "../../../../harness/eventually.ts";
import { ScriptedHttp, type Step } from "../../../../harness/scripted_http.ts";
import { test } from "../../../../harness/test.ts";

function client(patience: Partial<Patience> = {}): HttpClient {
  return new HttpClient({
    clock: systemClock,
    random: () => 0.5,
    fetch,
    patience: { ...PATIENCE, attempts: 4, pause: 2, ...patience },
  });
}

function exchange(server: ScriptedHttp, more: Partial<Exchange> = {}): Exchange {
  return {
    request: () => ({ method: "GET", url: `${server.url}/x?secret=s3cr3t`, headers: {} }),
    accepts: [200],
    ...more,
  };
}

/** `ok`, or the code of the error; and how often was asked. */
async function ask(steps: readonly Step[], patience: Partial<Patience> = {}): Promise<string> {
  await using server = await ScriptedHttp.start(steps);
  const http = client(patience);
  const outcome = await inTime(
    "the answer",
    http.calls.run("fetch x", {}, (call) => http.ask(call, exchange(server))).then(
      ({ bytes }) => new TextDecoder().decode(bytes),
      (error: BucketError) => {
        assert.ok(!Deno.inspect(error).includes("s3cr3t"), "no part of the URL is shown");
        return error.code;
      },
    ),
  );
  return `${outcome} after ${server.requests.length}`;
}

const OK: Step = { status: 200, body: "ok" };
const of = (status: number): Step => ({ status });

const ROWS: readonly (readonly [
  why: string,
  steps: readonly Step[],
  outcome: string,
  patience?: Partial<Patience>,
])[] = [
  ["503 passes", [of(503), of(503), OK], "ok after 3"],
  ["429 with a time", [{ status: 429, headers: { "retry-after": "0" } }, OK], "ok after 2"],
  ["a time beyond the deadline ends it", [
    { status: 503, headers: { "retry-after": "86400" } },
  ], "bucket/unavailable after 1"],
  ["500 that stays", [of(500), of(500), of(500), of(500)], "bucket/unavailable after 4"],
  ["a reset passes", ["reset", OK], "ok after 2"],
  ["a connection that ends without an answer", ["close", OK], "ok after 2"],
  ["a server that hangs is given up and asked again", ["hang", OK], "ok after 2", { attempt: 300 }],
  ["one that always hangs", ["hang", "hang"], "bucket/unavailable after 2", {
    attempt: 200,
    attempts: 2,
  }],
  ["the deadline ends a hanging one", ["hang"], "bucket/timeout after 1", { deadline: 200 }],
  ["a short body is asked for again", [{ status: 200, body: "o", announced: 2 }, OK], "ok after 2"],
  [
    "a body that breaks",
    [{ status: 200, body: "o", announced: 9, then: "reset" }, OK],
    "ok after 2",
  ],
  [
    "a body that hangs",
    [
      { status: 200, body: "o", announced: 9, then: "hang" },
      OK,
    ],
    "ok after 2",
    { attempt: 300 },
  ],
  ["403 is final", [of(403)], "bucket/forbidden after 1"],
  ["401 is final", [of(401)], "bucket/credentials after 1"],
  ["416 is final", [of(416)], "bucket/range after 1"],
  ["501 is final", [of(501)], "bucket/unsupported after 1"],
  ["507 is final", [of(507)], "bucket/full after 1"],
  ["412 is final", [of(412)], "bucket/refused after 1"],
  ["a redirect is not followed", [
    { status: 307, headers: { location: "http://127.0.0.1:9/" } },
  ], "bucket/refused after 1"],
  ["an endless error body is not read", [
    { status: 400, body: "x".repeat(70_000) },
    { status: 400, body: "short" },
  ], "bucket/refused after 2"],
];

for (const [why, steps, outcome, patience] of ROWS) {
  test("http client", async () => assert.equal(await ask(steps, patience), outcome), { why });
}

test("http client: nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/?secret=s3cr3t`;
  listener.close();
  const http = client({ attempts: 2 });
  const request = () => ({ method: "GET" as const, url, headers: {} });
  // The clock's timers do not keep the loop alive, and here nothing else does.
  await assert.rejects(
    inTime(
      "the refusal",
      http.calls.run("fetch x", {}, (call) => http.ask(call, { request, accepts: [200] })),
    ),
    {
      code: "bucket/unavailable",
      message: "Cannot fetch x: the store refuses the connection",
    },
  );
});

test("http client: an answer over its bound is refused", async () => {
  await using server = await ScriptedHttp.start([{ status: 200, body: "123456" }]);
  const http = client({ attempts: 1 });
  await assert.rejects(
    http.calls.run("fetch x", {}, (call) => http.ask(call, exchange(server, { maxBytes: 5 }))),
    { code: "bucket/corrupt" },
  );
});

test("http client: each attempt is made anew, and the judge decides", async () => {
  await using server = await ScriptedHttp.start([{ status: 418, body: "<tea/>" }, OK]);
  const http = client();
  let made = 0;
  const error = new BucketError("bucket/refused", "tea");
  const { bytes } = await http.calls.run("fetch x", {}, (call) =>
    http.ask(
      call,
      exchange(server, {
        request: () => ({ method: "PUT", url: `${server.url}/${made++}`, headers: {} }),
        judge: ({ status, bytes }) =>
          status === 418 && bytes.length === 6 ? { kind: "again", error, afterMs: 0 } : undefined,
      }),
    ));
  assert.equal(new TextDecoder().decode(bytes), "ok");
  assert.deepEqual(server.requests.map(({ target }) => target), ["/0", "/1"]);
});

test("http client: a signal ends it with its reason", async () => {
  await using server = await ScriptedHttp.start(["hang"]);
  const stop = new AbortController();
  const http = client();
  const run = http.calls.run(
    "fetch x",
    { signal: stop.signal },
    (call) => http.ask(call, exchange(server)),
  );
  await eventually("the request came", () => server.requests.length === 1);
  stop.abort(new RangeError("enough"));
  await assert.rejects(run, RangeError);
});

const STREAMS: readonly (readonly [
  why: string,
  step: Step,
  outcome: string,
  patience?: Partial<Patience>,
])[] = [
  ["a whole body", { status: 200, body: "12345" }, "12345"],
  [
    "a body that breaks",
    { status: 200, body: "12", announced: 5, then: "reset" },
    "bucket/unavailable",
  ],
  [
    "a body that stalls",
    { status: 200, body: "12", announced: 5, then: "hang" },
    "bucket/timeout",
    {
      stall: 200,
    },
  ],
  ["a body that is longer than wanted", { status: 200, body: "123456" }, "bucket/corrupt"],
  ["a body that is shorter than wanted", { status: 200, body: "1234" }, "bucket/corrupt"],
  ["a body with other bytes", { status: 200, body: "1234X" }, "bucket/corrupt"],
];

for (const [why, step, outcome, patience] of STREAMS) {
  test("http client, streaming", async () => {
    await using server = await ScriptedHttp.start([step]);
    const http = client(patience);
    let seen = "";
    const check = {
      update: (bytes: Uint8Array) => void (seen += new TextDecoder().decode(bytes)),
      fault: () => seen.endsWith("5") ? undefined : "the checksum is wrong",
    };
    const call = http.calls.begin("fetch x");
    const answer = await http.open(call, exchange(server), () => ({ size: 5, check }));
    assert.ok("body" in answer);
    const text = await new Response(answer.body).text().catch((error) => error.code);
    assert.equal(text, outcome);
  }, { why });
}

test("http client, streaming: cancelled, aborted and closed", async () => {
  const hanging: Step = { status: 200, body: "12", announced: 5, then: "hang" };
  await using server = await ScriptedHttp.start(() => hanging);
  const http = client();
  const open = async (signal?: AbortSignal) => {
    const call = http.calls.begin("fetch x", signal === undefined ? {} : { signal });
    const answer = await http.open(call, exchange(server), () => ({ size: 5 }));
    assert.ok("body" in answer);
    return answer.body;
  };
  await (await open()).cancel();
  const stop = new AbortController();
  const aborted = (await open(stop.signal)).getReader();
  await aborted.read();
  stop.abort(new RangeError("enough"));
  await assert.rejects(() => aborted.read(), RangeError);
  const closed = (await open()).getReader();
  await closed.read();
  http.calls.close();
  await assert.rejects(() => closed.read(), { code: "bucket/closed" });
});
