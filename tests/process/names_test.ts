/**
 * Names that want to leave the data folder, forge a log line, hide, or pass for another's; and the
 * log files after all of that.
 */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually } from "../harness/eventually.ts";
import { RawConnection } from "../harness/raw_http.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { test } from "../harness/test.ts";
import { V1Client } from "./v1_client.ts";

const FORGED = '{"level":"error","message":"forged"}';

/** Whatever door they come in by, they cost at most an error. */
const nasty: readonly { why: string; name: string }[] = [
  { why: "nothing", name: "" },
  { why: "a blank", name: " " },
  { why: "a dot", name: "." },
  { why: "up", name: ".." },
  { why: "up and away", name: "../../../etc/cron.d/x" },
  { why: "an absolute path", name: "/etc/passwd" },
  { why: "a path within", name: "rooms/lobby" },
  { why: "a path of another system", name: "..\\..\\boot.ini" },
  { why: "an escaped path", name: "..%2f..%2fetc" },
  { why: "a device of another system", name: "CON" },
  { why: "a hidden file", name: ".bashrc" },
  { why: "a flag", name: "--help" },
  { why: "a dash", name: "-" },
  { why: "NUL", name: "a\0b" },
  { why: "a line break", name: `a\n${FORGED}` },
  { why: "a carriage return", name: `a\r${FORGED}` },
  { why: "a line separator", name: `a\u2028${FORGED}` },
  { why: "a next line", name: `a\u0085${FORGED}` },
  { why: "a terminal's escape", name: "\x1b]0;title\x07\x1b[2J\x1b[31mred" },
  { why: "an 8-bit escape", name: "\x9b2Jred" },
  { why: "a bell", name: "a\x07b" },
  { why: "a backspace", name: "root\b\b\b\bevil" },
  { why: "text that runs the other way", name: "evil\u202Egnp.exe" },
  { why: "an isolate without end", name: "evil\u2066admin" },
  { why: "nothing to see", name: "ad\u200Bmin" },
  { why: "a joiner", name: "ad\u200Dmin" },
  { why: "a soft hyphen", name: "ad\u00ADmin" },
  { why: "a byte order mark", name: "\uFEFFadmin" },
  { why: "a tag", name: "admin\u{E0061}" },
  { why: "a filler", name: "\u3164\u3164\u3164" },
  { why: "a lone high surrogate", name: "alice\uD800" },
  { why: "a lone low surrogate", name: "\uDC00alice" },
  { why: "no character", name: "alice\uFFFF" },
  { why: "private use", name: "alice\uE000" },
  { why: "a Cyrillic a", name: "\u0430lice" },
  { why: "Cyrillic throughout", name: "\u0430\u04CF\u0456\u0441\u0435" },
  { why: "full width", name: "\uFF41\uFF4C\uFF49\uFF43\uFF45" },
  { why: "mathematical", name: "\u{1D41A}\u{1D425}\u{1D422}\u{1D41C}\u{1D41E}" },
  { why: "a dotless i", name: "al\u0131ce" },
  { why: "another case", name: "ALICE" },
  { why: "many marks", name: `a${"\u0301".repeat(50)}` },
  { why: "an address", name: "alice@elsewhere" },
  { why: "two addresses", name: "alice,bob" },
  { why: "a conversation", name: "direct:a@b,c@d" },
  { why: "half a conversation", name: "direct:" },
  { why: "a kind to come", name: "xmpp:a@b/c" },
  { why: "an id's separator", name: "lobby::x" },
  { why: "markup", name: "<script>alert(1)</script>" },
  { why: "a template", name: "${jndi:ldap://x}{{7*7}}" },
  { why: "SQL", name: "x'); DROP TABLE events;--" },
  { why: "a prototype", name: "__proto__" },
  { why: "a constructor", name: "constructor" },
  { why: "the node itself", name: "SERVER" },
  { why: "10,000 characters", name: "a".repeat(10_000) },
  { why: "10,000 code points", name: "\u{1F600}".repeat(10_000) },
  { why: "a name that grows when it is normalised", name: "\uFDFA".repeat(1_000) },
];

/** Alice is registered before: nobody else may look like her. */
const LOOKALIKES =
  /^(a Cyrillic a|Cyrillic throughout|full width|mathematical|a dotless i|another case)$/;

/** Other spellings of her own name: compatibility forms and what has the same capital letter. */
const SPELLINGS = /^(full width|mathematical|a dotless i|another case)$/;

test("a name leaves no folder, forges no line, takes no other's place", () =>
  withScene(async ({ server, v1, alone, api }) => {
    for (const { why, name } of nasty) {
      const registered = await server.api.post("/api/register", {
        username: name,
        password: "secret-canary-1",
      });
      assert.ok(
        registered.status === 200 || registered.status === 422,
        `${why}: ${registered.status}`,
      );
      const { success } = registered.body as { success: boolean };
      if (success) {
        assert.match(name, /^[\p{L}\p{M}\p{Nd}_.-]{3,20}$/u, why);
        assert.ok(!LOOKALIKES.test(why), why);
      }
      const login = await server.api.post("/api/login", {
        username: name,
        password: "wrong-canary",
      });
      assert.ok([200, 422, 429].includes(login.status), `${why}: ${login.status}`);

      const sent = await api.post("/send", {
        sender: "alice",
        message: "body-canary",
        target: name,
      });
      assert.ok(sent.status === 200 || sent.status === 400, `${why}: ${JSON.stringify(sent.body)}`);
      const forged = await api.post("/send", { sender: name, message: "x" });
      assert.equal(
        forged.status,
        SPELLINGS.test(why) ? 200 : 403,
        `${why}: ${JSON.stringify(forged.body)}`,
      );
      // Longer ones are no request any more.
      const query = new URLSearchParams({ username: name.slice(0, 500) });
      const kicked = await api.post(`/api/admin/kick-user?${query}`);
      assert.equal(kicked.status, 403, why);

      alone.sendJson({ type: 1, sender: name, content: "body-canary", target: name });
      alone.sendJson({ type: 1, sender: "alice", content: `@${name}`, command: name });
      for (const frame of framesWith(name)) {
        const { type, code } = await v1.ask(frame);
        assert.notEqual(
          code,
          "protocol/internal",
          `${why}: ${JSON.stringify(frame).slice(0, 100)}`,
        );
        assert.ok(typeof type === "string");
      }
    }
  }));

test("everything that HTTP carries beside the body forges no log line", () =>
  withScene(async ({ server }) => {
    for (const header of ["User-Agent", "Referer", "X-Forwarded-For", "Origin", "Cookie"]) {
      for (const value of ["a\tb", "\x80\x9b2J\xff", "\u00e4", "a".repeat(8_000)]) {
        using connection = await RawConnection.open(server.port);
        const text = `GET /x HTTP/1.1\r\nHost: a\r\n${header}: ${value}\r\n\r\n`;
        await connection.write(Uint8Array.from(text, (each) => each.charCodeAt(0)));
        assert.ok([400, 404].includes((await connection.answer()).status), header);
      }
    }
    for (const path of ["/a%0a%0d{forged}", "/%1b[2J", "/%00", "/\x9b2J", "/%e2%80%ae"]) {
      using connection = await RawConnection.open(server.port);
      const text = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
      await connection.write(Uint8Array.from(text, (each) => each.charCodeAt(0)));
      assert.ok([400, 404].includes((await connection.answer()).status), path);
    }
  }));

interface Scene {
  readonly server: ServerProcess;
  readonly api: Awaited<ReturnType<ServerProcess["enter"]>>;
  readonly v1: V1Client;
  readonly alone: SocketClient;
}

/** A server that logs everything, in a folder beside which nothing may appear. */
function withScene(attack: (scene: Scene) => Promise<void>): Promise<void> {
  return withDataFolder(async (outside) => {
    const data = join(outside, "data");
    // Small journal files: rooms get their folders while the test runs.
    const args = ["--env", "development", "--log-level", "trace", "--log-files"];
    args.push("--journal-size", "64KiB");
    await using server = await startServer({ data, args });
    const api = await server.enter("alice");
    const v1 = await V1Client.open(server.ws, api.token, { rooms: [{ room: "lobby" }] });
    const alone = await SocketClient.open(`${server.ws}/?token=${api.token}`);
    await attack({ server, api, v1, alone });
    await fillJournal(v1);
    await eventually("sealed rooms", async () => (await foldersOfRooms(data)).length > 0);
    await v1.close();
    await alone.close();
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    await checkFolders(outside, data);
    const [, payload = "", signature = ""] = (api.token ?? "").split(".");
    const secrets = ["canary", payload, signature, server.admin?.password ?? "-"];
    await checkLogs(server, data, secrets);
  });
}

function framesWith(name: string): readonly Readonly<Record<string, unknown>>[] {
  return [
    { type: "join", room: name },
    { type: "send", room: name, body: "body-canary" },
    { type: "send", to: name, body: "body-canary" },
    { type: "send", room: "lobby", body: "body-canary", key: name },
    { type: "send", room: "lobby", body: "body-canary", parent: name },
    {
      type: "send",
      room: "lobby",
      event_type: "m.room.message",
      content: { body: "body-canary", msgtype: "m.text", [name]: name },
    },
    { type: "history", room: name },
    { type: "history", room: "lobby", around: { timestamp: 1, id: name } },
    { type: "search", text: "canary", room: name },
    { type: "search", text: name },
    { type: "search", text: "canary", sender: name },
    { type: "members", room: name },
    { type: "typing", room: name, active: true },
    { type: "read", room: name, offset: 0 },
    { type: "presence", show: "away", text: name },
    { type: "command", text: `/${name}`, room: name },
    { type: "leave", room: name },
    { type: name },
  ];
}

async function fillJournal(v1: V1Client): Promise<void> {
  const body = "x".repeat(8 * 1024);
  for (let count = 0; count < 20; count++) await v1.ask({ type: "send", room: "lobby", body });
}

async function foldersOfRooms(data: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(join(data, "history", "rooms"))) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}

/** Nothing lies beside the data folder; within, every name is plain ASCII, and nothing is a link. */
async function checkFolders(outside: string, data: string): Promise<void> {
  const beside: string[] = [];
  for await (const { name } of Deno.readDir(outside)) beside.push(name);
  assert.deepEqual(beside, ["data"]);
  for await (const { path, name, link } of walk(data)) {
    assert.match(name, /^[A-Za-z0-9_@%.~+-]{1,255}$/, relative(data, path));
    assert.ok(!link, path);
  }
  for (const name of await foldersOfRooms(data)) assert.doesNotMatch(name, /^\./);
}

async function* walk(
  folder: string,
): AsyncGenerator<{ readonly path: string; readonly name: string; readonly link: boolean }> {
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    const path = join(folder, name);
    yield { path, name, link: isSymlink };
    if (isDirectory) yield* walk(path);
  }
}

/** Every line of every log is one JSON object of ours and holds none of `secrets`. */
async function checkLogs(
  server: ServerProcess,
  data: string,
  secrets: readonly string[],
): Promise<void> {
  const files = ["chatnode.log", "errors.log"].map((name) => join(data, "logs", name));
  const texts = await Promise.all(
    files.map((file) => Deno.readTextFile(file).catch(() => "")),
  );
  assert.ok((texts[0] ?? "").length > 1_000, "something was logged");
  for (const text of [server.stderr, ...texts]) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `a log holds ${secret}`);
    // deno-lint-ignore no-control-regex -- that none is left
    const control = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.exec(text);
    assert.equal(
      control,
      null,
      JSON.stringify(text.slice((control?.index ?? 0) - 200).slice(0, 400)),
    );
    for (const line of text.split("\n").filter((each) => each !== "")) {
      const record = JSON.parse(line);
      assert.notEqual(record.message, "forged", line);
    }
  }
}
