import assert from "node:assert/strict";
import { Hono } from "hono";
import { systemClock } from "../../../src/clock.ts";
import { ChatnodeError, UsageError } from "../../../src/errors.ts";
import { type AppOptions, createApp, type HttpEnv } from "../../../src/transports/http/app.ts";
import { trustedProxies } from "../../../src/wire/proxies.ts";
import type { Readiness } from "../../../src/transports/http/health.ts";
import { anyHost, localHosts } from "../../../src/transports/http/host_names.ts";
import { DEFAULT_LIMITS } from "../../../src/transports/http/limits.ts";
import { openListener } from "../../../src/transports/http/listener.ts";
import { eventually } from "../../harness/eventually.ts";
import { lineOf, withLogs } from "../../harness/logs.ts";
import { type RawAnswer, RawConnection, rawRequest } from "../../harness/raw_http.ts";
import { test } from "../../harness/test.ts";

function door(): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  routes.post("/length", async (context) => {
    const bytes = await context.env.body();
    return context.json({ length: bytes.byteLength });
  });
  routes.get("/client", (context) => context.json(context.env.client));
  routes.get("/usage", () => {
    throw new UsageError("door/wrong", "Cannot do that: it is wrong");
  });
  routes.get("/full", () => {
    throw new ChatnodeError("history/full", "Cannot store the message: the disk is full");
  });
  routes.get("/bug", () => {
    throw new Error("the secret is tiger");
  });
  return routes;
}

async function withApp(
  body: (port: number) => Promise<void>,
  options: Partial<AppOptions> = {},
): Promise<void> {
  const proxies = options.proxies ?? trustedProxies([]);
  const handler = createApp({
    node: {
      name: "test-node",
      registration: "invite",
      signIn: undefined,
      address: () => ({ port: 8765, secondPort: 8766 }),
    },
    readiness: () => ({ ready: true }),
    doors: [door()],
    origins: [],
    hosts: anyHost,
    bodyBytes: 1024 * 1024,
    clock: systemClock,
    ...options,
    proxies,
  });
  const listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    ports: "single",
    handler,
    doors: [],
    limits: DEFAULT_LIMITS,
    proxies,
    clock: systemClock,
  });
  try {
    await body(listener.port);
  } finally {
    await listener.stop(0);
  }
}

function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  const lines = Object.entries({ Host: "chat.example:8765", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return rawRequest(port, `GET ${path} HTTP/1.1\r\n${lines}\r\n`);
}

test("the welcome page: a browser gets a page that may load and run nothing", () =>
  withApp(async (port) => {
    const { status, headers, body } = await get(port, "/", { Accept: "text/html,*/*" });
    assert.equal(status, 200);
    assert.match(headers["content-type"] ?? "", /^text\/html/);
    assert.match(
      headers["content-security-policy"] ?? "",
      /^default-src 'none'; style-src 'sha256-/,
    );
    assert.match(body, /<h1>test-node<\/h1>/);
    assert.match(body, /ws:\/\/chat\.example:8765/);
    assert.match(body, /http:\/\/chat\.example:8766/);
    assert.doesNotMatch(body, /<script|\bon[a-z]+=|(?:src|href)="(?!data:)/);
  }));

test("the welcome page: the policy names the hash of the style sheet that is sent", () =>
  withApp(async (port) => {
    const { headers, body } = await get(port, "/", { Accept: "text/html" });
    const style = /<style>([\s\S]*)<\/style>/.exec(body)?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    assert.ok(headers["content-security-policy"]?.includes(`'sha256-${hash}'`));
  }));

test("the welcome page: a terminal gets text", () =>
  withApp(async (port) => {
    const { headers, body } = await get(port, "/", { Accept: "*/*" });
    assert.match(headers["content-type"] ?? "", /^text\/plain/);
    assert.match(body, /^test-node: a chat node runs here\.\n/);
    assert.match(body, /Registration needs an invitation/);
    assert.doesNotMatch(body, /</);
  }));

const hosts: readonly { why: string; host: string; shown: string }[] = [
  { why: "an IPv6 address keeps its brackets", host: "[::1]:99", shown: "ws://[::1]:8765" },
  { why: "markup is never repeated", host: "<script>alert(1)</script>", shown: "" },
  { why: "quotes are never repeated", host: "a'; rm -rf", shown: "" },
];

for (const { why, host, shown } of hosts) {
  test(`the welcome page and the Host header: ${why}`, () =>
    withApp(async (port) => {
      const { status, body } = await get(port, "/", { Host: host, Accept: "text/html" });
      if (shown === "") assert.ok(status === 400 || !body.includes(host));
      else assert.ok(body.includes(shown));
    }));
}

const asked: readonly { why: string; host: string; status: number }[] = [
  { why: "an address", host: "127.0.0.1:8765", status: 200 },
  { why: "an IPv6 address", host: "[::1]:8765", status: 200 },
  { why: "the machine's own name", host: "LOCALHOST:8765", status: 200 },
  { why: "a name under it", host: "chat.localhost", status: 200 },
  { why: "a configured origin's name", host: "chat.example:8765", status: 200 },
  { why: "a page's name that points here now (DNS rebinding)", host: "evil.example", status: 421 },
  { why: "a name that only begins like one", host: "localhost.evil.example", status: 421 },
  { why: "a name that only ends like one", host: "notlocalhost", status: 421 },
];

for (const { why, host, status } of asked) {
  test("names under which a node of one machine may be asked for", () =>
    withApp(async (port) => {
      const answer = await get(port, "/healthz", { "Host": host, "Accept-Encoding": "gzip" });
      assert.equal(answer.status, status);
      if (status === 421) assert.match(JSON.parse(answer.body).detail, /trustedProxies/);
    }, { hosts: localHosts(["https://chat.example"]) }), { why });
}

test("programs that are no browser may write any name", () =>
  withApp(async (port) => {
    assert.equal((await get(port, "/healthz", { Host: "evil.example" })).status, 200);
  }, { hosts: localHosts([]) }));

test("every answer carries the security headers", () =>
  withApp(async (port) => {
    for (const path of ["/", "/healthz", "/nothing-here", "/bug"]) {
      const { headers } = await get(port, path);
      assert.equal(headers["x-content-type-options"], "nosniff", path);
      assert.equal(headers["x-frame-options"], "DENY", path);
      assert.equal(headers["referrer-policy"], "no-referrer", path);
    }
  }));

test("health is being alive, readiness is being able to store", async () => {
  let state: Readiness = { ready: true };
  await withApp(async (port) => {
    assert.equal((await get(port, "/healthz")).body, '{"status":"alive"}');
    assert.equal((await get(port, "/readyz")).body, '{"status":"ready"}');
    state = { ready: false, code: "history/full", reason: "The disk is full" };
    assert.equal((await get(port, "/healthz")).status, 200);
    const { status, headers, body } = await get(port, "/readyz");
    assert.equal(status, 503);
    assert.equal(headers["retry-after"], "5");
    assert.deepEqual(JSON.parse(body), {
      status: "unready",
      code: "history/full",
      reason: "The disk is full",
    });
  }, { readiness: () => state });
});

const failures: readonly { why: string; path: string; status: number; body: unknown }[] = [
  { why: "no such page", path: "/nothing", status: 404, body: { detail: "Not Found" } },
  {
    why: "a request that is wrong says so",
    path: "/usage",
    status: 400,
    body: { detail: "Cannot do that: it is wrong" },
  },
  {
    why: "a full disk is the node's trouble and passes",
    path: "/full",
    status: 503,
    body: { detail: "Cannot store the message: the disk is full" },
  },
  {
    why: "a fault inside is never told to the caller",
    path: "/bug",
    status: 500,
    body: { detail: "Internal Server Error" },
  },
];

for (const { why, path, status, body } of failures) {
  test(`errors are JSON: ${why}`, () =>
    withApp(async (port) => {
      const answer = await get(port, path);
      assert.equal(answer.status, status);
      assert.deepEqual(JSON.parse(answer.body), body);
    }));
}

const bodies: readonly { why: string; head: string; body: string; status: number }[] = [
  { why: "as large as allowed", head: "Content-Length: 64", body: "a".repeat(64), status: 200 },
  {
    why: "announced as too large, refused without reading",
    head: "Content-Length: 1048576000",
    body: "",
    status: 413,
  },
  { why: "one byte too large", head: "Content-Length: 65", body: "a".repeat(65), status: 413 },
  {
    why: "too large without an announcement",
    head: "Transfer-Encoding: chunked",
    body: `${"20\r\n" + "a".repeat(32) + "\r\n"}`.repeat(3) + "0\r\n\r\n",
    status: 413,
  },
  {
    why: "chunked and small enough",
    head: "Transfer-Encoding: chunked",
    body: `20\r\n${"a".repeat(32)}\r\n0\r\n\r\n`,
    status: 200,
  },
];

for (const { why, head, body, status } of bodies) {
  test(`request bodies are bounded: ${why}`, () =>
    withApp(async (port) => {
      const answer = await rawRequest(
        port,
        `POST /length HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${body}`,
      );
      assert.equal(answer.status, status);
      if (status === 413) {
        assert.deepEqual(JSON.parse(answer.body), { detail: "Request body too large" });
      }
      assert.equal((await get(port, "/healthz")).status, 200);
    }, { bodyBytes: 64 }));
}

test("a client that is still sending sees why its body is refused", () =>
  withApp(async (port) => {
    using connection = await RawConnection.open(port);
    const large = "a".repeat(4 * 1024 * 1024);
    const length = `POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: ${large.length}\r\n\r\n`;
    await connection.write(length + large);
    assert.equal((await connection.answer()).status, 413);
    await connection.ended();
  }, { bodyBytes: 1024 }));

test("a client that stops sending after it was refused is not waited for", () =>
  withApp(async (port) => {
    using connection = await RawConnection.open(port);
    await connection.write("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\n\r\na");
    assert.equal((await connection.answer()).status, 413);
    await connection.ended();
    assert.equal(connection.received, "");
  }, { bodyBytes: 1024 }));

test("a body without an end is cut", () =>
  withApp(async (port) => {
    using connection = await RawConnection.open(port);
    await connection.write(
      "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const chunk = `100000\r\n${"a".repeat(0x100000)}\r\n`;
    await assert.rejects(async () => {
      for (let sent = 0; sent < 256; sent++) await connection.write(chunk);
    });
  }, { bodyBytes: 1024 }));

test("CORS: off by default, so no other site's page can read an answer", () =>
  withApp(async (port) => {
    const { headers } = await get(port, "/healthz", { Origin: "https://elsewhere.example" });
    assert.equal(headers["access-control-allow-origin"], undefined);
    const preflight = await rawRequest(
      port,
      "OPTIONS /length HTTP/1.1\r\nHost: a\r\nOrigin: https://elsewhere.example\r\n" +
        "Access-Control-Request-Method: POST\r\n\r\n",
    );
    assert.equal(preflight.headers["access-control-allow-origin"], undefined);
  }));

test("CORS: the configured origins only, when there are some", () =>
  withApp(async (port) => {
    const ask = async (origin: string) =>
      (await get(port, "/healthz", { Origin: origin })).headers["access-control-allow-origin"];
    assert.equal(await ask("https://chat.example"), "https://chat.example");
    assert.equal(await ask("https://elsewhere.example"), undefined);
    assert.equal(await ask("null"), undefined);
    const preflight = await rawRequest(
      port,
      "OPTIONS /length HTTP/1.1\r\nHost: a\r\nOrigin: https://chat.example\r\n" +
        "Access-Control-Request-Method: POST\r\n\r\n",
    );
    assert.equal(preflight.headers["access-control-allow-origin"], "https://chat.example");
    assert.match(preflight.headers["access-control-allow-headers"] ?? "", /Authorization/);
  }, { origins: ["https://chat.example"] }));

const forwarded: readonly {
  why: string;
  proxies: readonly string[];
  headers: Readonly<Record<string, string>>;
  client: unknown;
}[] = [
  {
    why: "nobody is believed by default",
    proxies: [],
    headers: { "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https" },
    client: { address: "127.0.0.1", secure: false },
  },
  {
    why: "a trusted proxy is",
    proxies: ["127.0.0.0/8"],
    headers: { "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https" },
    client: { address: "203.0.113.7", secure: true },
  },
  {
    why: "what the client wrote stands left of what the proxy added",
    proxies: ["127.0.0.1"],
    headers: { "X-Forwarded-For": "198.51.100.1, 203.0.113.7" },
    client: { address: "203.0.113.7", secure: false },
  },
  {
    why: "a chain of trusted proxies is walked",
    proxies: ["127.0.0.1", "10.0.0.0/8"],
    headers: { "X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.1.2.3" },
    client: { address: "203.0.113.7", secure: false },
  },
  {
    why: "garbage ends the walk at the last address that is known",
    proxies: ["127.0.0.1", "10.0.0.0/8"],
    headers: { "X-Forwarded-For": "<script>, 10.1.2.3" },
    client: { address: "10.1.2.3", secure: false },
  },
  {
    why: "ports and IPv6 brackets are taken off",
    proxies: ["127.0.0.1"],
    headers: { "X-Forwarded-For": "[2001:db8::1]:4711" },
    client: { address: "2001:db8::1", secure: false },
  },
];

for (const { why, proxies, headers, client } of forwarded) {
  test(`the client behind proxies: ${why}`, () =>
    withApp(async (port) => {
      assert.deepEqual(JSON.parse((await get(port, "/client", headers)).body), client);
    }, { proxies: trustedProxies(proxies) }));
}

test("an address that is none cannot be trusted", () => {
  for (const block of ["proxy.example", "10.0.0.0/33", "10.0.0.0/x", "::1/129", ""]) {
    assert.throws(() => trustedProxies([block]), RangeError, block);
  }
});

test("a request is logged without its query, headers and body", () =>
  withLogs((records) =>
    withApp(async (port) => {
      await rawRequest(
        port,
        "POST /length?token=tiger-query HTTP/1.1\r\nHost: a\r\nCookie: authToken=tiger-cookie\r\n" +
          "Authorization: Bearer tiger-bearer\r\nReferer: http://a/?tiger-referer\r\n" +
          "Content-Length: 10\r\n\r\ntiger-body",
      );
      const line = await eventually(
        "the request's line",
        () => records.map(lineOf).find((text) => text.includes("/length")),
      );
      assert.match(line, /127\.0\.0\.1 POST \/length: 200 in \d+ ms/);
      assert.doesNotMatch(records.map(lineOf).join("\n"), /tiger/);
    })
  ));

test("a path cannot forge a log line", () =>
  withLogs((records) =>
    withApp(async (port) => {
      using connection = await RawConnection.open(port);
      await connection.write(
        new Uint8Array([
          ...new TextEncoder().encode("GET /a"),
          ...[0x1b, 0x5b, 0x32, 0x4a, 0xe2, 0x80, 0xae],
          ...new TextEncoder().encode("b HTTP/1.1\r\nHost: a\r\n\r\n"),
        ]),
      );
      await connection.answer();
      // deno-lint-ignore no-control-regex -- that none is left
      for (const line of records.map(lineOf)) assert.doesNotMatch(line, /[\u0000-\u001f\u202e]/);
    })
  ));
