import assert from "node:assert/strict";
import { join } from "node:path";
import { isLocal, readAddress } from "../../src/commands/client_address.ts";
import { readCredentials } from "../../src/commands/client_credentials.ts";
import type { ClientFlags } from "../../src/commands/client_options.ts";
import { login } from "../../src/commands/client_login.ts";
import { run } from "../../src/commands/cli.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { test } from "../harness/test.ts";
import { memoryIo } from "./memory_io.ts";

const NOTHING: ClientFlags = {
  connect: undefined,
  pin: undefined,
  remember: false,
  register: false,
  ...{ name: undefined, login: false, passwordFile: undefined, tokenFile: undefined },
  ...{ ca: undefined, protocol: "auto", insecurePlaintext: false, room: "lobby", to: undefined },
  ...{ history: undefined, json: false, follow: false, timeout: 1_000, bell: false },
  ...{ notify: "off", line: false, monochrome: false, headless: false, awayAfter: 0 },
};

const addresses: readonly { why: string; text: string; kind: string; at: string }[] = [
  { why: "a relay", text: "tcp://host:5", kind: "tcp", at: "host:5 plain" },
  { why: "its usual port", text: "tcp://host", kind: "tcp", at: "host:50000 plain" },
  { why: "TLS", text: "tls://host", kind: "tcp", at: "host:50000 encrypted" },
  { why: "IPv6", text: "tcp://[::1]:5", kind: "tcp", at: "::1:5 plain" },
  { why: "WebSocket", text: "ws://host:8765", kind: "websocket", at: "http://host:8765/ plain" },
  { why: "with TLS", text: "wss://host", kind: "websocket", at: "https://host/ encrypted" },
  {
    why: "with a path",
    text: "wss://host/chat",
    kind: "websocket",
    at: "https://host/chat/ encrypted",
  },
  {
    why: "a bucket",
    text: "bucket:s3://a/b?room=r%26d&region=x",
    kind: "bucket",
    at: "s3://a/b?region=x room r&d encrypted",
  },
  {
    why: "a folder",
    text: "bucket:/mnt/chat",
    kind: "bucket",
    at: "/mnt/chat room undefined encrypted",
  },
];

for (const { why, text, kind, at } of addresses) {
  test(`client, an address: ${why}`, () => {
    const address = readAddress(text);
    const where = address.kind === "tcp"
      ? `${address.target.hostname}:${address.target.port}`
      : address.kind === "websocket"
      ? address.http.href
      : address.kind === "bucket"
      ? `${address.bucket} room ${address.room}`
      : address.account.jid.full;
    assert.equal(address.kind, kind);
    assert.equal(`${where} ${address.encrypted ? "encrypted" : "plain"}`, at);
  });
}

for (
  const text of [
    ...["", "host", "host:50000", "http://host", "tcp:host", "ws:host:1", "ws://"],
    ...[
      "bucket:",
      "bucket:?room=x",
      "ws://host?token=x",
      "ws://a:b@host",
      "ws://host#x",
      "tcp://a:b@host",
      "tcp://host/x",
    ],
  ]
) {
  test(`client: ${text || "nothing"} is no address`, () => {
    assert.throws(() => readAddress(text), { name: "UsageError" });
  });
}

test("client: what stays on this machine", () => {
  for (const name of ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "x.localhost"]) {
    assert.ok(isLocal(name), name);
  }
  for (const name of ["10.0.0.1", "127.0.0.1.example.org", "example.org", "::2", "127"]) {
    assert.ok(!isLocal(name), name);
  }
});

const people: readonly {
  why: string;
  address: string;
  flags: Partial<ClientFlags>;
  token?: string;
  kind?: "guest" | "password" | "token";
  code?: string;
}[] = [
  { why: "a guest", address: "tcp://h", flags: { name: "A" }, kind: "guest" },
  { why: "a guest without a name", address: "tcp://h", flags: {}, kind: "guest" },
  {
    why: "a name goes before the token",
    address: "tcp://h",
    flags: { name: "A" },
    token: "t",
    kind: "guest",
  },
  { why: "a token", address: "tls://h", flags: {}, token: "t", kind: "token" },
  { why: "a token over WebSocket", address: "wss://h", flags: {}, token: "t", kind: "token" },
  { why: "and with a name", address: "wss://h", flags: { name: "a" }, token: "t", kind: "token" },
  { why: "on this machine", address: "ws://localhost", flags: {}, token: "t", kind: "token" },
  { why: "a token in the open", address: "ws://h", flags: {}, token: "t", code: "client/insecure" },
  {
    why: "a token in the open, TCP",
    address: "tcp://h",
    flags: {},
    token: "t",
    code: "client/insecure",
  },
  {
    why: "a token in the open, if it has to be",
    address: "ws://h",
    flags: { insecurePlaintext: true },
    token: "t",
    kind: "token",
  },
  {
    why: "a password in the open",
    address: "tcp://h",
    flags: { name: "a", login: true },
    code: "client/insecure",
  },
  { why: "nobody", address: "wss://h", flags: {}, code: "client/credentials" },
  {
    why: "login without a name",
    address: "tls://h",
    flags: { login: true },
    code: "client/credentials",
  },
  { why: "nobody to ask", address: "wss://h", flags: { name: "a" }, code: "client/credentials" },
  {
    why: "two ways at once",
    address: "wss://h",
    flags: { name: "a", login: true, tokenFile: "x" },
    code: "client/credentials",
  },
  {
    why: "a file that is not there",
    address: "tls://h",
    flags: { name: "a", passwordFile: "/nowhere/password" },
    code: "client/file",
  },
];

for (const { why, address, flags, token, kind, code } of people) {
  test(`client, who comes in: ${why}`, async () => {
    const io = memoryIo({ environment: token === undefined ? {} : { CHATNODE_TOKEN: token } });
    const reading = readCredentials(readAddress(address), { ...NOTHING, ...flags }, io);
    if (code === undefined) assert.equal((await reading).kind, kind);
    else await assert.rejects(reading, { code });
  });
}

test("client: a password is asked for at a terminal, and not shown", async () => {
  const io = memoryIo({ columns: 80, input: ["secret\r"] });
  const who = await readCredentials(readAddress("wss://h"), { ...NOTHING, name: "alice" }, io);
  assert.deepEqual(who, { kind: "password", name: "alice", password: "secret" });
  assert.equal(io.stderr.text, "Password of alice: \n");
});

test("client: secrets from files lose their line end, and are read anew", () =>
  withDataFolder(async (folder) => {
    const file = join(folder, "secret");
    await Deno.writeTextFile(file, "one\n");
    const address = readAddress("wss://h");
    const io = memoryIo();
    const password = { ...NOTHING, name: "a", passwordFile: file };
    const who = await readCredentials(address, password, io);
    assert.equal(who.kind === "password" ? who.password : "", "one");
    const token = await readCredentials(address, { ...NOTHING, tokenFile: file }, io);
    assert.ok(token.kind === "token");
    assert.equal(await token.read(), "one");
    await Deno.writeTextFile(file, "two\r\n");
    assert.equal(await token.read(), "two");
    await Deno.writeTextFile(file, "two\nlines\n");
    await assert.rejects(token.read(), { code: "client/file" });
  }));

/** A web server that answers everything alike, for the time of `body`. */
async function answering(
  respond: () => Response,
  body: (http: URL) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      await request.text();
      return respond();
    },
  );
  try {
    await body(new URL(`http://127.0.0.1:${server.addr.port}/`));
  } finally {
    await server.shutdown();
  }
}

const answers: readonly { why: string; respond: () => Response; code: string; says: RegExp }[] = [
  {
    why: "a refusal",
    respond: () => Response.json({ success: false, token: null, message: "Incorrect" }),
    code: "client/login",
    says: /^Cannot log in: Incorrect$/,
  },
  {
    why: "something else than a chatnode",
    respond: () => new Response("<html>", { status: 404 }),
    code: "client/login",
    says: /answered with 404/,
  },
  {
    why: "a redirect, which could lead the password elsewhere",
    respond: () => Response.redirect("http://127.0.0.1:1/"),
    code: "client/unreachable",
    says: /^Cannot connect/,
  },
];

for (const { why, respond, code, says } of answers) {
  test(`client, logging in: ${why}`, () =>
    answering(respond, async (http) => {
      const attempt = login({ http, name: "a", password: "secret", client: undefined });
      await assert.rejects(attempt, (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }));
}

test("client, logging in: a token", () =>
  answering(() => Response.json({ success: true, token: "t" }), async (http) => {
    assert.equal(await login({ http, name: "a", password: "b", client: undefined }), "t");
  }));

const wrong: readonly { why: string; args: readonly string[]; says: RegExp }[] = [
  { why: "no address", args: [], says: /ADDRESS/ },
  { why: "two names", args: ["tcp://h", "--name", "a", "--alias", "b"], says: /--alias/ },
  { why: "an empty name", args: ["tcp://h", "--name", " "], says: /name/ },
  { why: "a protocol", args: ["tcp://h", "--protocol", "irc"], says: /auto, native, original/ },
  {
    why: "original over WebSocket",
    args: ["ws://localhost", "--token-file", "/dev/null", "--protocol", "original"],
    says: /TCP alone/,
  },
  { why: "--ca without TLS", args: ["tcp://h", "--ca", "/dev/null"], says: /not encrypted/ },
  { why: "a token as an argument", args: ["ws://h?token=abc"], says: /more than a host/ },
];

for (const { why, args, says } of wrong) {
  test(`client, used wrongly: ${why}`, async () => {
    const io = memoryIo();
    assert.equal(await run(["client", ...args], io), 2);
    assert.match(io.stderr.text, says);
    assert.doesNotMatch(io.stderr.text, /abc/);
  });
}

test("client: nobody listens", async () => {
  const io = memoryIo();
  assert.equal(await run(["client", "tcp://127.0.0.1:1", "--name", "a"], io), 1);
  assert.equal(io.stderr.text, "chatnode: Cannot connect to 127.0.0.1:1: nobody listens there.\n");
});
