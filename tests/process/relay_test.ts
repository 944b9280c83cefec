/** The real process: every dialect in one room, alone and beside the server, and joined to another. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { PERMISSIONS, V8_FLAGS } from "../../tasks/runtime.ts";
import { FIRST_CERTIFICATE as CERTIFICATE, SECOND_CERTIFICATE } from "../harness/certificates.ts";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually, inTime } from "../harness/eventually.ts";
import { PASSWORD } from "../harness/node.ts";
import { Recorder } from "../harness/recorder.ts";
import { runProgram, startServer } from "../harness/server_process.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { test } from "../harness/test.ts";
import { frame, Peer } from "../transports/tcp/peer.ts";
import { OriginalClient, OriginalServer } from "../transports/tcp/reference.ts";
import { V1Client } from "./v1_client.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** A running `chatnode relay`. */
interface RelayProcess extends AsyncDisposable {
  readonly port: number;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGHUP. */
  reload(): void;
  /** Resolves once it has written this on its standard error. */
  told(pattern: RegExp): Promise<void>;
}

async function startRelay(data: string, args: readonly string[] = []): Promise<RelayProcess> {
  const ready = join(data, `ready-${crypto.randomUUID()}.json`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", ...PERMISSIONS, V8_FLAGS, MAIN, "relay", "--data", data],
      ...["--host", "127.0.0.1", "--port", "0", "--env", "testing", "--message-rate", "off"],
      ...["--connections-per-second", "off", "--ready-file", ready, ...args],
    ],
    ...{ stdin: "null", stdout: "null", stderr: "piped" },
  }).spawn();
  const stderr = new Recorder(child.stderr);
  const end = async (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended already.
      if (!(error instanceof TypeError)) throw error;
    }
    const { code } = await inTime(`the end after ${signal}`, child.status);
    await stderr.done;
    return code;
  };
  try {
    const port = await eventually("the relay is ready", () => relayPort(ready), 60_000);
    return {
      port,
      stop: () => end("SIGTERM"),
      kill: async () => void await end("SIGKILL"),
      reload: () => child.kill("SIGHUP"),
      told: async (pattern) => {
        const found = await inTime(`${pattern} on standard error`, stderr.find(pattern));
        assert.ok(found !== undefined, `it never said ${pattern}: ${stderr.text}`);
      },
      [Symbol.asyncDispose]: async () => void await end("SIGKILL"),
    };
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
}

async function relayPort(file: string): Promise<number | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(file)).relay_port as number;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function writeCertificate(folder: string, certificate = CERTIFICATE): Promise<string[]> {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  await Deno.writeTextFile(cert, certificate.cert);
  await Deno.writeTextFile(key, certificate.key);
  return ["--tls-cert", cert, "--tls-key", key];
}

/** Reads messages (`name: text`) until `count` came; who comes and goes is passed over. */
async function heard(count: number, next: () => Promise<string>): Promise<string[]> {
  const all: string[] = [];
  while (all.length < count) {
    const text = await next();
    if (!/^\[[+-]\]/.test(text)) all.push(text);
  }
  return all.sort();
}

test("four dialects and both WebSocket dialects in one room: everybody hears the others, once", () =>
  withDataFolder(async (data) => {
    const ready = join(data, "ready.json");
    await using server = await startServer({
      data,
      args: ["--relay", "--relay-port", "0", "--ready-file", ready],
    });
    const port = await eventually("the relay's port is written", () => relayPort(ready));
    await using v1 = await V1Client.open(server.ws, (await server.enter("victor")).token, {
      rooms: [{ room: "lobby" }],
    });
    const albert = await server.enter("albert");
    await using alone = await SocketClient.open(`${server.ws}/?token=${albert.token}`);
    alone.sendJson({ type: 7, sender: "", content: "ping" });
    await alone.until(({ type }) => type === 7);
    await using oscar = new OriginalClient(port, "Oscar");
    await v1.until((each) => each.type === "member" && nameOf(each) === "Oscar");
    using quirin = await Peer.original(port, "Quirin");
    using native = await Peer.native(port, {
      name: "victor",
      password: PASSWORD,
      rooms: [{ room: "lobby" }],
    });
    await native.jsonThat(({ type }) => type === "joined");
    using lines = await Peer.lines(port, "Lena");
    await eventually("the last has joined", () => oscar.heard.some((each) => /Lena/.test(each)));

    v1.send({ type: "send", room: "lobby", body: "by WebSocket" });
    alone.sendJson({ type: 1, sender: "albert", content: "by AloneChat" });
    await oscar.say("by the original client");
    await quirin.frame("by raw frames");
    await native.json({ type: "send", room: "lobby", body: "by native frames" });
    await lines.write("by a line\n");
    const all = [
      "Lena: by a line",
      "Oscar: by the original client",
      "Quirin: by raw frames",
      "albert: by AloneChat",
      "victor: by WebSocket",
      "victor: by native frames",
    ];
    const but = (own: string) => all.filter((text) => !text.includes(own));
    assert.deepEqual(await heard(5, () => quirin.next()), but("raw frames"));
    assert.deepEqual(await heard(5, () => lines.line()), but("a line"));
    await eventually("oscar hears all", () => messages(oscar.heard).length === 5);
    assert.deepEqual(messages(oscar.heard), but("the original client"));
    const bodies: string[] = [];
    while (bodies.length < 5) bodies.push(bodyOf(await native.jsonThat(isEvent)));
    assert.deepEqual(bodies.sort(), but("native frames").map(withoutName).sort());
    await v1.until((each) => v1.events.length === 5 && each.type === "event");
    assert.deepEqual(
      v1.events.map(({ event }) => String(event.content["body"])).sort(),
      but("by WebSocket").map(withoutName).sort(),
    );
    const echoed: string[] = [];
    while (echoed.length < 6) {
      const message = await alone.until<{ type: number; sender: string; content: string }>(
        ({ type }) => type === 1,
      );
      echoed.push(`${message.sender}: ${message.content}`);
    }
    assert.deepEqual(echoed.sort(), all.map((text) => text.replace(/^([LOQ])/, "~$1")).sort());

    // Private messages find their people, whatever they speak.
    await lines.write("/msg Quirin psst\n");
    assert.equal(
      await heard(1, () => quirin.next()).then(([text]) => text),
      "Lena -> Quirin: psst",
    );
    alone.sendJson({ type: 1, sender: "albert", content: "pst", target: "~Lena" });
    assert.match(await lines.until(/albert -> Lena: pst\n/), /^-> Quirin: psst\n/);
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.match(await lines.rest(), /The node is shutting down\./);
    assert.match(await quirin.rest(), /The node is shutting down\./);
  }));

function nameOf(each: Readonly<Record<string, unknown>>): unknown {
  return (each["who"] as { readonly name?: unknown } | undefined)?.name;
}

function isEvent({ type }: Record<string, unknown>): boolean {
  return type === "event";
}

function bodyOf(value: Record<string, unknown>): string {
  return (value["event"] as { content: { body: string } }).content.body;
}

function withoutName(text: string): string {
  return text.slice(text.indexOf(": ") + 2);
}

function messages(all: readonly string[]): string[] {
  return all.filter((text) => !/^\[[+-]\]/.test(text)).sort();
}

test("alone: a history that outlives it, accounts of the command line, TLS, all dialects", () =>
  withDataFolder(async (data) => {
    const tls = await writeCertificate(data);
    for (const name of ["alice", "carol"]) {
      const added = await runProgram(["account", "add", name, "--data", data], {
        input: `${PASSWORD}\n`,
      });
      assert.equal(added.code, 0, added.stderr);
    }
    {
      await using relay = await startRelay(data, tls);
      using bob = await Peer.original(relay.port, "Bob");
      using alice = await Peer.secure(relay.port, CERTIFICATE.cert);
      await alice.write("alice\n");
      await alice.until(/guest: /);
      await alice.write(`${PASSWORD}\n`);
      await alice.until(/You are alice, in lobby/);
      await alice.write("hello\n");
      assert.equal(await bob.next(), "[+] alice has joined the chat!");
      assert.equal(await bob.next(), "alice: hello");
      await bob.frame("hello alice");
      assert.match(await alice.until(/Bob: .*\n/), /Bob: hello alice\n$/);
      assert.equal(await relay.stop(), 0);
      assert.match(await bob.rest(), /shutting down/);
    }
    await using again = await startRelay(data, ["--require-auth"]);
    using guest = await Peer.original(again.port, "Bob");
    assert.match(await guest.rest(), /an account is needed/);
    using wrong = await Peer.original(again.port, "alice:wrong password");
    assert.match(await wrong.rest(), /the name or the password is wrong/);
    using native = await Peer.native(again.port, {
      name: "alice",
      password: PASSWORD,
      rooms: [{ room: "lobby" }],
    });
    await native.jsonThat(({ type }) => type === "joined");
    using frames = await Peer.original(again.port, `carol:${PASSWORD}`);
    await native.jsonThat((each) => each["type"] === "member" && nameOf(each) === "carol");
    await native.json({ type: "history", room: "lobby", ref: "h" });
    const page = await native.jsonThat<{ type: string; events: { event: unknown }[] }>(
      ({ type }) => type === "page",
    );
    const kept = page.events.map(({ event }) => bodyOf({ event }));
    assert.deepEqual(kept, ["hello", "hello alice"]);
    await native.json({ type: "send", room: "lobby", body: "to carol" });
    assert.equal(await frames.next(), "alice: to carol");
    assert.equal(await again.stop(), 0);
  }));

test("SIGHUP: a renewed certificate for whoever comes, nothing changed for whoever is there", () =>
  withDataFolder(async (data) => {
    await using relay = await startRelay(data, await writeCertificate(data));
    using alice = await secureGuest(relay.port, CERTIFICATE.cert, "Alice");
    await assert.rejects(secureGuest(relay.port, SECOND_CERTIFICATE.cert, "Eve"));
    await writeCertificate(data, SECOND_CERTIFICATE);
    relay.reload();
    const bob = await eventually(
      "the new certificate",
      () => secureGuest(relay.port, SECOND_CERTIFICATE.cert, "Bob").catch(() => undefined),
    );
    await assert.rejects(secureGuest(relay.port, CERTIFICATE.cert, "Eve"));
    await bob.write("hello\n");
    await alice.until(/Bob: hello\n/);
    bob.close();
    // One that cannot be used changes nothing.
    await Deno.writeTextFile(join(data, "cert.pem"), "no certificate");
    relay.reload();
    await relay.told(/Cannot use the certificate: tls-cert holds none/);
    await alice.write("still here\n");
    using carol = await secureGuest(relay.port, SECOND_CERTIFICATE.cert, "Carol");
    await carol.write("/history\n");
    await carol.until(/Alice: still here\n/);
    assert.equal(await relay.stop(), 0);
  }));

async function secureGuest(port: number, ca: string, name: string): Promise<Peer> {
  const peer = await Peer.secure(port, ca);
  try {
    await peer.write(`${name}\n`);
    await peer.until(/You are .*\n/);
    return peer;
  } catch (error) {
    peer.close();
    throw error;
  }
}

test("kill -9 under load: what was acked is there once, in order", () =>
  withDataFolder(async (data) => {
    const acked: string[] = [];
    {
      await using relay = await startRelay(data);
      using eve = await Peer.native(relay.port, { name: "Eve" });
      await eve.jsonThat(({ type }) => type === "welcome");
      const all = Array.from(
        { length: 500 },
        (_, index) =>
          frame(JSON.stringify({ type: "send", room: "lobby", body: `${index}`, ref: `${index}` })),
      );
      const sent = (async () => {
        for (const each of all) await eve.write(each);
      })().catch(() => {});
      while (acked.length < 100) {
        const { ref } = await eve.jsonThat(({ type }) => type === "ack");
        acked.push(String(ref));
      }
      await relay.kill();
      await sent;
    }
    await using relay = await startRelay(data);
    using eve = await Peer.native(relay.port, { name: "Eve" });
    await eve.json({ type: "history", room: "lobby", from: 0, limit: 200, ref: "h" });
    const page = await eve.jsonThat<{ type: string; events: { event: unknown }[] }>(
      ({ type }) => type === "page",
    );
    const kept = page.events.map(({ event }) => bodyOf({ event }));
    assert.deepEqual(kept.slice(0, 100), acked);
    assert.deepEqual(kept, kept.map((_, index) => `${index}`));
  }));

test("a bridge to an original server: both ways, and over restarts of either side", () =>
  withDataFolder(async (data) => {
    await using first = await OriginalServer.start();
    const upstream = ["--upstream", `tcp://127.0.0.1:${first.port}`, "--as", "bridge"];
    await using old = new OriginalClient(first.port, "Old");
    await eventually("old is in", () => first.told.includes("[+] Old has joined the chat!"));
    {
      await using relay = await startRelay(data, upstream);
      await old.hears("[+] bridge has joined the chat!");
      using alice = await Peer.original(relay.port, "Alice");
      await alice.frame("hello");
      await eventually("old hears it", () => old.heard.includes("bridge: Alice: hello"));
      await old.say("hello yourself");
      assert.equal(await alice.next(), "Old@127.0.0.1: hello yourself");
      assert.equal(await relay.stop(), 0);
    }
    {
      await using alone = await startRelay(data);
      using alice = await Peer.original(alone.port, "Alice");
      using witness = await Peer.native(alone.port, { name: "W", rooms: [{ room: "lobby" }] });
      await alice.frame("while the bridge was away");
      await witness.jsonThat(isEvent);
      assert.equal(await alone.stop(), 0);
    }
    await using relay = await startRelay(data, upstream);
    const late = "bridge: Alice: while the bridge was away";
    await eventually("it follows", () => old.heard.includes(late));
    using alice = await Peer.original(relay.port, "Alice");
    await alice.frame("the end");
    await eventually("old hears the end", () => old.heard.includes("bridge: Alice: the end"));
    assert.deepEqual(old.heard.filter((text) => text.startsWith("bridge: ")), [
      "bridge: Alice: hello",
      late,
      "bridge: Alice: the end",
    ]);
  }));

const wrong: readonly { why: string; args: readonly string[]; says: string }[] = [
  {
    why: "an upstream without a name",
    args: ["--upstream", "tcp://127.0.0.1:1"],
    says: "chatnode: Cannot use --upstream: --as is not given.\n",
  },
  {
    why: "an upstream that is none",
    args: ["--upstream", "http://127.0.0.1", "--as", "x"],
    says: 'chatnode: Cannot use --upstream: "http://127.0.0.1" is not an address',
  },
  {
    why: "TLS without a certificate",
    args: ["--tls", "required"],
    says: "chatnode: Cannot require TLS: tlsCert is not set.\n",
  },
];
for (const { why, args, says } of wrong) {
  test(`chatnode relay refuses ${why}`, () =>
    withDataFolder(async (data) => {
      const { code, stderr } = await runProgram(["relay", "--data", data, ...args]);
      assert.equal(code, 2);
      assert(stderr.startsWith(says), stderr);
    }));
}

test("a port that is taken is one sentence and exit code 1", () =>
  withDataFolder(async (data) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const { code, stderr } = await runProgram([
      ...["relay", "--data", data, "--host", "127.0.0.1", "--port", `${port}`],
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot listen on 127\.0\.0\.1:\d+: the port is in use/);
  }));
