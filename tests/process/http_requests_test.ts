/** Requests that no well-behaved HTTP client sends, to the real process. */
import assert from "node:assert/strict";
import { withDataFolder } from "../harness/data_folder.ts";
import { type RawAnswer, RawConnection } from "../harness/raw_http.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { Bystanders } from "./bystanders.ts";

const MIB = 1024 * 1024;
const CRLF = "\r\n";

/** A request line and headers, then the empty line and a body. */
function request(first: string, headers: readonly string[] = [], body = ""): string {
  return [first, "Host: 127.0.0.1", ...headers, "", body].join(CRLF);
}

function login(headers: readonly string[], body: string): string {
  return request("POST /api/login HTTP/1.1", ["Content-Type: application/json", ...headers], body);
}

const good = '{"username":"nobody","password":"nothing"}';
const length = (body: string) => `Content-Length: ${new TextEncoder().encode(body).length}`;
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/** `status`: of the one answer; the connection has to end after it when `ends`. */
const rows: readonly {
  why: string;
  send: string;
  status: number | readonly number[];
  ends?: boolean;
  body?: RegExp;
}[] = [
  // Two readings of where a request ends: whoever answers, nothing may be read as a second one.
  {
    why: "Content-Length and Transfer-Encoding",
    send: login([length(good), "Transfer-Encoding: chunked"], `0${CRLF}${CRLF}${smuggled}`),
    status: 400,
    ends: true,
  },
  {
    why: "two different Content-Lengths",
    send: login([length(good), "Content-Length: 0"], good + smuggled),
    status: 400,
    ends: true,
  },
  {
    why: "two equal Content-Lengths",
    send: login([length(good), length(good)], good + smuggled),
    status: 400,
    ends: true,
  },
  {
    why: "a list of Content-Lengths",
    send: login(["Content-Length: 42, 42"], good + smuggled),
    status: 400,
    ends: true,
  },
  ...["-1", "+42", "0x2a", "4 2", "1e3", "42;", "99999999999999999999", ""].map((value) => ({
    why: `Content-Length "${value}"`,
    send: login([`Content-Length: ${value}`], good + smuggled),
    status: 400,
    ends: true,
  })),
  {
    why: "an unknown transfer coding",
    send: login(["Transfer-Encoding: cow"], good + smuggled),
    status: 400,
    ends: true,
  },
  {
    why: "chunked not last",
    send: login(["Transfer-Encoding: chunked, identity"], `0${CRLF}${CRLF}${smuggled}`),
    status: 400,
    ends: true,
  },
  {
    why: "a blank before the colon",
    send: login([`Content-Length : 42`], good + smuggled),
    status: 400,
    ends: true,
  },
  {
    why: "a folded header",
    send: login([`X-Long: a${CRLF} b`, length(good)], good),
    status: 400,
  },
  {
    why: "a chunk size that is none",
    send: login(["Transfer-Encoding: chunked"], `xyz${CRLF}${smuggled}`),
    status: 400,
    ends: true,
  },
  {
    why: "a chunk size beyond 2^64",
    send: login(["Transfer-Encoding: chunked"], `ffffffffffffffffff${CRLF}${smuggled}`),
    status: 400,
    ends: true,
  },
  {
    why: "a chunk longer than it says",
    send: login(["Transfer-Encoding: chunked"], `1${CRLF}ab${CRLF}0${CRLF}${CRLF}`),
    status: 400,
    ends: true,
  },
  {
    why: "LF instead of CRLF",
    send: `GET /healthz HTTP/1.1\nHost: a\n\n`,
    status: 400,
    ends: true,
  },
  {
    why: "a bare CR in a header",
    send: `GET /healthz HTTP/1.1${CRLF}Host: a${CRLF}X: a\rb${CRLF}${CRLF}`,
    status: 400,
    ends: true,
  },
  {
    why: "NUL in a header",
    send: `GET /healthz HTTP/1.1${CRLF}Host: a${CRLF}X: a\0b${CRLF}${CRLF}`,
    status: 400,
    ends: true,
  },
  // What is no HTTP/1.1 at all.
  {
    why: "HTTP/2 by prior knowledge",
    send: `PRI * HTTP/2.0${CRLF}${CRLF}SM${CRLF}${CRLF}`,
    status: 400,
    ends: true,
  },
  { why: "HTTP/9", send: request("GET / HTTP/9.9"), status: 400, ends: true },
  {
    why: "a TLS handshake",
    send: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    status: 400,
    ends: true,
  },
  { why: "SSH", send: `SSH-2.0-OpenSSH_9.9${CRLF}`, status: 400, ends: true },
  { why: "an unknown method", send: request("BREW /pot HTTP/1.1"), status: 400 },
  { why: "no host", send: `GET /healthz HTTP/1.1${CRLF}${CRLF}`, status: 400 },
  { why: "no host, as HTTP/1.0 has it", send: `GET /readyz HTTP/1.0${CRLF}${CRLF}`, status: 200 },
  {
    why: "an upgrade without a host",
    send: `GET / HTTP/1.1${CRLF}Connection: Upgrade${CRLF}Upgrade: websocket${CRLF}${CRLF}`,
    status: 400,
  },
  { why: "two hosts", send: request("GET /healthz HTTP/1.1", ["Host: b"]), status: 400 },
  {
    why: "a host that is none",
    send: `GET / HTTP/1.1${CRLF}Host: a b/c?d${CRLF}${CRLF}`,
    status: 400,
  },
  // Floods of headers.
  {
    why: "a header of 1 MiB",
    send: request("GET /healthz HTTP/1.1", [`X: ${"a".repeat(MIB)}`]),
    status: 431,
    ends: true,
  },
  {
    why: "a hundred thousand headers",
    send: request("GET /healthz HTTP/1.1", new Array(100_000).fill("X: a")),
    status: 431,
    ends: true,
  },
  {
    why: "a path of 1 MiB",
    send: request(`GET /${"a".repeat(MIB)} HTTP/1.1`),
    status: 431,
    ends: true,
  },
  // Bodies.
  {
    why: "10 MiB announced",
    send: login([`Content-Length: ${10 * MIB}`], "{"),
    status: 413,
    ends: true,
  },
  {
    why: "10 MiB in chunks",
    send: login(
      ["Transfer-Encoding: chunked"],
      `${(10 * MIB).toString(16)}${CRLF}${"a".repeat(10 * MIB)}${CRLF}0${CRLF}${CRLF}`,
    ),
    status: 413,
    ends: true,
  },
  { why: "an empty body", send: login(["Content-Length: 0"], ""), status: 422 },
  ...[
    ["no JSON", "{"],
    ["no object", "[]"],
    ["null", "null"],
    ["a number", "1e999"],
    ["a password that is no text", '{"username":"a","password":1}'],
    ["a name missing", '{"password":"x"}'],
    ["depth 10,000", "[".repeat(10_000) + "]".repeat(10_000)],
    ["an object of depth 10,000", '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000)],
    ["a prototype", '{"__proto__":{"username":"admin","password":"x"}}'],
  ].map(([why = "", body = ""]) => ({
    why: `JSON: ${why}`,
    send: login([length(body)], body),
    status: 422,
  })),
  // Methods and targets.
  {
    why: "HEAD",
    send: request("HEAD /healthz HTTP/1.1", ["Connection: close"]),
    status: 200,
    ends: true,
  },
  { why: "OPTIONS", send: request("OPTIONS /send HTTP/1.1"), status: 404 },
  { why: "OPTIONS *", send: request("OPTIONS * HTTP/1.1"), status: 400 },
  {
    why: "TRACE gives nothing back",
    send: request("TRACE / HTTP/1.1", ["X-Secret: canary"]),
    status: 404,
    body: /^(?!.*canary)/,
  },
  {
    why: "an absolute target is no proxy either",
    send: request("GET http://example.org/healthz HTTP/1.1"),
    status: 200,
    body: /^(?!.*Example Domain)/i,
  },
  ...[
    "/../../etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/..\\..\\accounts\\accounts.jsonl",
    "//etc/passwd",
    "/.%00/",
    "/%ff%fe",
    "/%",
    "/accounts/accounts.jsonl",
    "/keys/device.pem",
  ].map((path) => ({
    why: `the path ${path}`,
    send: request(`GET ${path} HTTP/1.1`),
    status: [400, 404],
    body: /^(?!.*(root:|PRIVATE))/,
  })),
  {
    why: "another character set",
    send: request(
      "POST /api/login HTTP/1.1",
      ["Content-Type: application/json; charset=utf-16", length(good)],
      good,
    ),
    status: 200,
    body: /Incorrect username or password/,
  },
  {
    why: "an upgrade to something else",
    send: request("GET / HTTP/1.1", ["Connection: Upgrade", "Upgrade: h2c"]),
    status: 400,
  },
  {
    why: "a WebSocket without a key",
    send: request("GET / HTTP/1.1", ["Connection: Upgrade", "Upgrade: websocket"]),
    status: 400,
    ends: true,
  },
  {
    why: "a WebSocket of another version",
    send: request("GET / HTTP/1.1", [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 8",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]),
    status: 426,
    ends: true,
  },
  {
    why: "a WebSocket by POST",
    send: request("POST / HTTP/1.1", [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Content-Length: 0",
    ]),
    status: 400,
    ends: true,
  },
];

test("a request against the rules gets its answer, and nobody else notices", () =>
  attacked(async (server, bystanders) => {
    for (const { why, send, status, ends, body } of rows) {
      using connection = await RawConnection.open(server.port);
      const answer = await ask(connection, send, why);
      const expected = typeof status === "number" ? [status] : status;
      assert.ok(expected.includes(answer.status), `${why}: ${answer.status} ${answer.body}`);
      if (body !== undefined) assert.match(answer.body, body, why);
      assert.ok(!answer.body.includes("smuggled") && !/\n\s+at /.test(answer.body), why);
      if (ends) {
        await connection.ended();
        assert.equal(connection.received, "", `${why}: a second answer came`);
      }
      await bystanders.chat();
    }
    assert.equal(server.stderr, "");
  }));

test("requests that come all at once are answered in their order", () =>
  attacked(async (server) => {
    using connection = await RawConnection.open(server.port);
    const paths = Array.from({ length: 500 }, (_, index) => index % 3 === 0 ? "/healthz" : "/none");
    await connection.write(paths.map((path) => request(`GET ${path} HTTP/1.1`)).join(""));
    for (const path of paths) {
      assert.equal((await connection.answer()).status, path === "/none" ? 404 : 200);
    }
  }));

test("CONNECT is answered by the end of the connection: this is no proxy", () =>
  attacked(async (server) => {
    using connection = await RawConnection.open(server.port);
    await connection.write(request("CONNECT example.org:443 HTTP/1.1"));
    await connection.ended();
    assert.match(connection.received, /^(HTTP\/1\.1 4\d\d |$)/);
  }));

test("bodies that do not come hold nobody else up", () =>
  attacked(async (server, bystanders) => {
    const slow = await Promise.all(Array.from({ length: 50 }, async () => {
      const connection = await RawConnection.open(server.port);
      await connection.write(login(["Content-Length: 100"], "{"));
      return connection;
    }));
    await bystanders.chat();
    for (const connection of slow) connection.close();
    await bystanders.chat();
  }));

/** How somebody keeps connections busy: what is sent at first, and then again and again. */
const lorises: readonly { why: string; first: string; drip: string }[] = [
  { why: "nothing at all", first: "", drip: "" },
  { why: "half a request line", first: "GET /healthz", drip: "z" },
  { why: "headers without end", first: "GET / HTTP/1.1\r\nHost: a\r\nX: a", drip: "a" },
];
const DRIP_EVERY = 500;

test("headers that do not come are waited for ten seconds, not for ever", () =>
  attacked(async (server, bystanders) => {
    const began = performance.now();
    const ends = lorises.flatMap((loris) =>
      Array.from({ length: 50 }, async () => {
        using connection = await RawConnection.open(server.port);
        await drip(connection, loris);
        assert.match(connection.received, /^(HTTP\/1\.1 408 |$)/, loris.why);
        assert.ok(performance.now() - began > 5_000, `${loris.why}: it was given some time`);
      })
    );
    await bystanders.chatUntil(Promise.all(ends));
  }));

async function drip(
  connection: RawConnection,
  { first, drip }: { readonly first: string; readonly drip: string },
): Promise<void> {
  let over = false;
  const ended = connection.ended(60_000).then(() => over = true);
  const write = (text: string) => connection.write(text).catch(() => {});
  await write(first);
  while (!over) {
    await write(drip);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pause = new Promise<void>((resolve) => timer = setTimeout(resolve, DRIP_EVERY));
    await Promise.race([ended, pause]);
    clearTimeout(timer);
  }
  await ended;
}

/** Sends all of it, also when the node has had enough before the end, and takes the answer. */
async function ask(connection: RawConnection, send: string, why: string): Promise<RawAnswer> {
  const sent = connection.write(latin1(send)).catch((error) => {
    const cut = error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.ConnectionReset;
    if (!cut) throw error;
  });
  const isHead = send.startsWith("HEAD");
  const answer = await (isHead ? headOf(connection) : connection.answer()).catch((error) =>
    assert.fail(`${why}: ${error}`)
  );
  await sent;
  return answer;
}

/** An answer to HEAD announces a body and has none. */
async function headOf(connection: RawConnection): Promise<RawAnswer> {
  await connection.ended();
  const [head = "", body = ""] = connection.received.split("\r\n\r\n");
  await connection.take(connection.received.length);
  return { status: Number(head.split(" ")[1]), headers: {}, body };
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function attacked(
  attack: (server: ServerProcess, bystanders: Bystanders) => Promise<void>,
): Promise<void> {
  return withDataFolder(async (data) => {
    await using server = await startServer({ data });
    await using bystanders = await Bystanders.join(server);
    await attack(server, bystanders);
    await bystanders.check();
  });
}
