import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { systemClock } from "../../../src/clock.ts";
import { ChatnodeError } from "../../../src/errors.ts";
import { trustedProxies } from "../../../src/wire/proxies.ts";
import { DEFAULT_LIMITS, type HttpLimits } from "../../../src/transports/http/limits.ts";
import { type HttpListener, openListener } from "../../../src/transports/http/listener.ts";
import type { SocketDoor } from "../../../src/transports/http/socket_door.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { RawConnection, rawRequest } from "../../harness/raw_http.ts";

const hello: RequestListener = (request, response) => {
  request.resume().once("end", () => response.end("hello"));
};

async function withListener(
  body: (listener: HttpListener) => Promise<void>,
  options: {
    readonly handler?: RequestListener;
    readonly limits?: Partial<HttpLimits>;
    readonly doors?: readonly SocketDoor[];
  } = {},
): Promise<void> {
  const listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    ports: "pair",
    handler: options.handler ?? hello,
    doors: options.doors ?? [],
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    proxies: trustedProxies([]),
    clock: systemClock,
  });
  try {
    await body(listener);
  } finally {
    await listener.stop(0);
  }
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test("the same application answers on the port and on the next one", () =>
  withListener(async (listener) => {
    assert.equal(listener.secondPort, listener.port + 1);
    assert.equal((await rawRequest(listener.port, GET)).body, "hello");
    assert.equal((await rawRequest(listener.port + 1, GET)).body, "hello");
  }));

test("a taken port is refused by name, and the other one is released", async () => {
  const open = (port: number) =>
    openListener({
      host: "127.0.0.1",
      port,
      ports: "pair",
      handler: hello,
      doors: [],
      limits: DEFAULT_LIMITS,
      proxies: trustedProxies([]),
      clock: systemClock,
    });
  const found = await open(0);
  const { port } = found;
  await found.stop(0);
  for (const taken of [port, port + 1]) {
    using _other = Deno.listen({ hostname: "127.0.0.1", port: taken });
    await assert.rejects(open(port), (error: unknown) => {
      assert.ok(error instanceof ChatnodeError);
      assert.equal(error.code, "http/port-taken");
      assert.equal(error.message, `Cannot listen on 127.0.0.1:${taken}: the port is in use`);
      assert.match(error.hint ?? "", /--port/);
      return true;
    });
  }
  await (await open(port)).stop(0);
});

test("an address of another machine is refused by name", async () => {
  await assert.rejects(
    openListener({
      host: "192.0.2.1",
      port: 0,
      ports: "pair",
      handler: hello,
      doors: [],
      limits: DEFAULT_LIMITS,
      proxies: trustedProxies([]),
      clock: systemClock,
    }),
    { code: "http/no-such-address" },
  );
});

const slow: readonly { why: string; sent: string; status: number }[] = [
  { why: "no byte at all holds a connection", sent: "", status: 408 },
  { why: "headers that never end", sent: "GET / HTTP/1.1\r\nHost: a\r\nX-", status: 408 },
  {
    why: "a body that never ends",
    sent: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab",
    status: 408,
  },
  {
    why: "a chunked body that never ends",
    sent: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    status: 408,
  },
];

for (const { why, sent, status } of slow) {
  test(`slow requests are ended: ${why}`, () =>
    withListener(async (listener) => {
      using connection = await RawConnection.open(listener.port);
      await connection.write(sent);
      assert.equal((await connection.answer()).status, status);
      await connection.ended();
      await eventually("the connection is forgotten", () => listener.connections === 0);
    }, { limits: { headersTimeout: 300, requestTimeout: 600 } }));
}

const broken: readonly { why: string; sent: string; status: number }[] = [
  { why: "a TLS hello on a plain port", sent: "\u0016\u0003\u0001\u0002\r\n\r\n", status: 400 },
  { why: "a method that is none", sent: "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", status: 400 },
  {
    why: "headers over the limit",
    sent: `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(20_000)}\r\n\r\n`,
    status: 431,
  },
  {
    why: "both ways to give a body's length (request smuggling)",
    sent:
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    status: 400,
  },
  {
    why: "two different lengths (request smuggling)",
    sent: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    status: 400,
  },
  {
    why: "an upgrade that no door serves",
    sent: "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chess\r\n\r\n",
    status: 400,
  },
];

for (const { why, sent, status } of broken) {
  test(`broken requests are answered ${status}: ${why}`, () =>
    withListener(async (listener) => {
      using connection = await RawConnection.open(listener.port);
      await connection.write(sent);
      assert.equal((await connection.answer()).status, status);
      await connection.ended();
      assert.equal((await rawRequest(listener.port, GET)).body, "hello");
    }));
}

test("connections over the limit of one address are cut, others are served on", () =>
  withListener(async (listener) => {
    using first = await RawConnection.open(listener.port);
    using second = await RawConnection.open(listener.port + 1);
    await eventually("both stand", () => listener.connections === 2);
    using third = await RawConnection.open(listener.port);
    await third.ended();
    await first.write(GET);
    assert.equal((await first.answer()).body, "hello");
    second.close();
    await eventually("one left", () => listener.connections === 1);
    assert.equal((await rawRequest(listener.port, GET)).body, "hello");
  }, { limits: { connectionsPerAddress: 2 } }));

test("connections over the total limit are cut", () =>
  withListener(async (listener) => {
    using first = await RawConnection.open(listener.port);
    await eventually("it stands", () => listener.connections === 1);
    using second = await RawConnection.open(listener.port);
    await second.ended();
    await first.write(GET);
    assert.equal((await first.answer()).body, "hello");
  }, { limits: { connections: 1 } }));

test("an idle connection is ended after the keep-alive time", () =>
  withListener(async (listener) => {
    using connection = await RawConnection.open(listener.port);
    await connection.write(GET);
    assert.equal((await connection.answer()).body, "hello");
    await connection.ended();
  }, { limits: { keepAliveTimeout: 200 } }));

test("an upgrade goes to the first door that wants it, with what was sent after it", async () => {
  const taken: string[] = [];
  const door = (name: string): SocketDoor => ({
    matches: (request) => request.headers["sec-websocket-protocol"] === name || name === "any",
    handle: (_request, socket, head, client) => {
      taken.push(`${name} ${client.address} ${head.toString()}`);
      socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    },
  });
  await withListener(async (listener) => {
    const upgrade = (protocol: string) =>
      rawRequest(
        listener.port,
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
          `Sec-WebSocket-Protocol: ${protocol}\r\n\r\nearly`,
      );
    assert.equal((await upgrade("one")).status, 101);
    assert.equal((await upgrade("two")).status, 101);
    assert.deepEqual(taken, ["one 127.0.0.1 early", "any 127.0.0.1 early"]);
  }, { doors: [door("one"), door("any")] });
});

test("stopping lets a running request finish, refuses new ones and ends idle connections", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: running, resolve: run } = Promise.withResolvers<void>();
  const handler: RequestListener = (_request, response) => {
    run();
    void released.then(() => response.end("done"));
  };
  const listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    ports: "pair",
    handler,
    doors: [],
    limits: DEFAULT_LIMITS,
    proxies: trustedProxies([]),
    clock: systemClock,
  });
  using busy = await RawConnection.open(listener.port);
  using idle = await RawConnection.open(listener.port);
  await busy.write(GET);
  await running;
  const stopped = listener.stop(20_000);
  await idle.ended();
  await assert.rejects(RawConnection.open(listener.port), Deno.errors.ConnectionRefused);
  release();
  const answer = await busy.answer();
  assert.equal(answer.body, "done");
  assert.equal(answer.headers["connection"], "close");
  await busy.ended();
  await stopped;
  assert.equal(listener.stop(0), listener.stop(0));
});

test("stopping cuts what does not finish before the deadline", async () => {
  const { promise: running, resolve: run } = Promise.withResolvers<void>();
  const listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    ports: "pair",
    handler: () => run(),
    doors: [],
    limits: DEFAULT_LIMITS,
    proxies: trustedProxies([]),
    clock: systemClock,
  });
  using busy = await RawConnection.open(listener.port);
  await busy.write(GET);
  await running;
  await listener.stop(50);
  await busy.ended();
  assert.equal(busy.received, "");
});
