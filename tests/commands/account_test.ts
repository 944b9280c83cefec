/** `chatnode account`, through the command line in memory and as a process beside a running node. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Accounts } from "../../src/accounts/accounts.ts";
import type { Revocation } from "../../src/accounts/revocations.ts";
import { command } from "../../src/commands/account.ts";
import { run } from "../../src/commands/cli.ts";
import { inFolder, open } from "../accounts/fixture.ts";
import { inTime } from "../harness/eventually.ts";
import { runProgram, startServer } from "../harness/server_process.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { memoryIo, type MemoryIoOptions } from "./memory_io.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly modes: readonly string[];
}

/** Runs `chatnode account <args>` in memory on a data folder. */
async function account(
  folder: string,
  args: readonly string[],
  options: MemoryIoOptions = {},
): Promise<Ran> {
  const environment = { HOME: folder, CHATNODE_DATA: folder, NO_COLOR: "1" };
  const io = memoryIo({ environment, cwd: folder, ...options });
  const code = await run(["account", ...args], io);
  return { code, out: io.stdout.text, err: io.stderr.text, modes: io.modes };
}

/** Asserts that it worked and gives its output. */
async function done(...call: Parameters<typeof account>): Promise<Ran> {
  const ran = await account(...call);
  assert.equal(ran.code, 0, ran.err);
  return ran;
}

Deno.test("identities elsewhere are linked, shown and unlinked", strict, async () => {
  await inFolder(async (folder) => {
    const issuer = "https://id.example.org/realm";
    await done(folder, ["add", "alice"], { input: ["correct h\n"] });
    await done(folder, ["add", "bob"], { input: ["correct h\n"] });
    const linked = await done(folder, [
      ...["link", "ALICE", "--subject", "24400320", "--oidc-issuer", issuer],
    ]);
    assert.equal(linked.err, "24400320 of id.example.org signs in to alice now.\n");
    await done(folder, [
      "link",
      "alice",
      "--email",
      "Alice@Example.org",
      "--oidc-issuer",
      "google",
    ]);
    assert.match(
      (await done(folder, ["list"])).out,
      /^alice .* password, id\.example\.org, accounts\.google\.com$/m,
    );
    const [first] = JSON.parse((await done(folder, ["list", "--json"])).out);
    assert.deepEqual(first.identities, [
      { issuer, by: "subject", value: "24400320" },
      { issuer: "https://accounts.google.com", by: "email", value: "alice@example.org" },
    ]);
    const refused: readonly (readonly [RegExp, ...string[]])[] = [
      [/signs in to another account/, "bob", "--subject", "24400320", "--oidc-issuer", issuer],
      [/none of that name/, "carol", "--subject", "1", "--oidc-issuer", issuer],
      [/no provider/, "bob", "--subject", "1"],
      [/neither --subject nor --email/, "bob", "--oidc-issuer", issuer],
      [/both/, "bob", "--subject", "1", "--email", "a@b", "--oidc-issuer", issuer],
      [/tenant/, "bob", "--subject", "1", "--oidc-issuer", "microsoft"],
    ];
    for (const [says, ...args] of refused) {
      const ran = await account(folder, ["link", ...args]);
      assert.notEqual(ran.code, 0);
      assert.match(ran.err, says);
    }
    await done(folder, ["unlink", "alice", "--subject", "24400320", "--oidc-issuer", issuer]);
    assert.match((await done(folder, ["list"])).out, /^alice .* password, accounts\.google\.com$/m);
    assert.equal((await done(folder, ["unlink", "alice"])).err, "Unlinked alice.\n");
    assert.match((await account(folder, ["unlink", "alice"])).err, /nobody signs in to it/);
  });
});

Deno.test("accounts are added, listed, changed and removed", strict, async () => {
  await inFolder(async (folder) => {
    const added = await done(folder, ["add", "Alice", "--role", "admin"], {
      input: ["correct h\n"],
    });
    assert.equal(added.out, "");
    assert.equal(added.err, "Added Alice (admin).\n");
    await done(folder, ["add", "bob"], { input: ["123456\n"] });

    const listed = await done(folder, ["list"]);
    assert.deepEqual(listed.out.split("\n").map((line) => line.split(/ +/).slice(0, 3)), [
      ["NAME", "ROLE", "STATE"],
      ["Alice", "admin", "active"],
      ["bob", "user", "active"],
      [""],
    ]);
    const [first, ...more] = JSON.parse((await done(folder, ["list", "--json"])).out);
    assert.equal(more.length, 1);
    assert.deepEqual(Object.keys(first), [
      ...["name", "role", "state", "created", "has_password", "identities"],
    ]);
    assert.equal(new Date(first.created).toISOString(), first.created);

    assert.equal((await done(folder, ["role", "BOB", "admin"])).err, "bob is admin now.\n");
    await done(folder, ["disable", "alice"]);
    assert.match((await done(folder, ["list"])).out, /Alice +admin +disabled/);
    await done(folder, ["enable", "alice"]);
    await done(folder, ["passwd", "bob"], { input: ["another one\n"] });
    await done(folder, ["remove", "alice"]);
    assert.doesNotMatch((await done(folder, ["list"])).out, /Alice/);
    assert.match((await done(folder, ["list", "--all"])).out, /Alice +admin +removed/);

    const accounts = await open(folder);
    assert.equal((await accounts.authenticate("bob", "another one")).role, "admin");
    await accounts.close();
  });
});

Deno.test(
  "a terminal is asked for the password twice, and shows nothing of it",
  strict,
  async () => {
    await inFolder(async (folder) => {
      const input = ["secret one\r", "secret two\r", "secret 3\r", "secret 3\r"];
      const ran = await done(folder, ["add", "alice"], { columns: 80, input });
      assert.deepEqual(ran.modes, Array(4).fill(["raw", "line"]).flat());
      assert.match(ran.err, /Password of alice: /);
      assert.match(ran.err, /differ/);
      assert.doesNotMatch(ran.out + ran.err, /secret/);
      const accounts = await open(folder);
      await accounts.authenticate("alice", "secret 3");
      await accounts.close();
    });
  },
);

const refusals: readonly {
  why: string;
  args: readonly string[];
  input?: string;
  code: number;
  says: RegExp;
}[] = [
  { why: "no command", args: [], code: 2, says: /no command is given/ },
  { why: "no name", args: ["add"], code: 2, says: /NAME/ },
  {
    why: "a password as an argument",
    args: ["add", "carol", "123456"],
    code: 2,
    says: /as an argument/,
  },
  { why: "an unknown role", args: ["add", "carol", "--role", "root"], code: 2, says: /role/ },
  { why: "an unknown role, later", args: ["role", "bob", "root"], code: 2, says: /neither/ },
  { why: "a name that is taken", args: ["add", "BOB"], code: 1, says: /taken/ },
  { why: "a name that looks taken", args: ["add", "b0b"], code: 1, says: /looks like/ },
  { why: "a name that cannot be", args: ["add", "a/b"], code: 1, says: /may not have/ },
  { why: "a name that is too short", args: ["add", "ab"], code: 1, says: /3 to 20/ },
  {
    why: "a short password",
    args: ["add", "carol"],
    input: "12345\n",
    code: 1,
    says: /fewer than 6/,
  },
  { why: "no password at all", args: ["add", "carol"], code: 2, says: /input has ended/ },
  { why: "the password of nobody", args: ["passwd", "carol"], code: 1, says: /none of that name/ },
  {
    why: "the role of nobody",
    args: ["role", "carol", "user"],
    code: 1,
    says: /none of that name/,
  },
  { why: "the last admin demoted", args: ["role", "bob", "user"], code: 1, says: /last active/ },
  { why: "the last admin removed", args: ["remove", "bob"], code: 1, says: /last active/ },
  { why: "the last admin disabled", args: ["disable", "bob"], code: 1, says: /last active/ },
  { why: "an invite that is not there", args: ["uninvite", "abc"], code: 1, says: /there is none/ },
  { why: "too many uses", args: ["invite", "--uses", "0"], code: 2, says: /uses/ },
  { why: "an invite for ever", args: ["invite", "--expires", "9999d"], code: 2, says: /expires/ },
];

Deno.test("what cannot be done is one sentence and an exit code", strict, async (t) => {
  await inFolder(async (folder) => {
    await done(folder, ["add", "bob", "--role", "admin"], { input: ["123456\n"] });
    const before = await Deno.readTextFile(join(folder, "accounts", "accounts.jsonl"));
    for (const { why, args, input, code, says } of refusals) {
      await t.step(why, async () => {
        const ran = await account(folder, args, input === undefined ? {} : { input: [input] });
        assert.equal(ran.code, code, ran.err);
        assert.match(ran.err, says);
        assert.match(ran.err, /^chatnode: Cannot [^\n]+\.\n/);
        assert.equal(ran.out, "");
        assert.doesNotMatch(ran.err, /12345|\n\s+at /);
      });
    }
    const after = await Deno.readTextFile(join(folder, "accounts", "accounts.jsonl"));
    assert.equal(after, before, "nothing was changed");
  });
});

Deno.test("a folder without a node is named, not filled", strict, async () => {
  await inFolder(async (folder) => {
    for (const args of [["list"], ["remove", "bob"], ["passwd", "bob"], ["invites"]]) {
      const ran = await account(folder, args);
      assert.equal(ran.code, 1, args.join(" "));
      assert.match(ran.err, /holds no node's data/);
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a damaged file is named by its line, and nothing of it is shown", strict, async () => {
  await inFolder(async (folder) => {
    await done(folder, ["add", "bob"], { input: ["123456\n"] });
    const path = join(folder, "accounts", "accounts.jsonl");
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"bob"', '"bib"'));
    const ran = await account(folder, ["list", "--verbose"]);
    assert.equal(ran.code, 1);
    assert.match(ran.err, /accounts\.jsonl: line 2 is not usable, its checksum does not fit/);
    assert.doesNotMatch(ran.err, /scrypt|bib/);
  });
});

Deno.test("invites are made, listed, used and withdrawn", strict, async () => {
  await inFolder(async (folder) => {
    const made = await done(folder, ["invite", "--uses", "2"]);
    assert.match(made.out, /^[0-9a-hjkmnp-tv-z]{26}\n$/, "the code alone");
    assert.match(made.err, /^Good for 2 accounts until 20.*Z\.\n$/);
    const code = made.out.trim();
    // The command's clock stands in 2023; the accounts are opened at that time too.
    const { clock } = memoryIo();
    const accounts = await Accounts.open(join(folder, "accounts"), {
      ...{ node: "node-test", registration: "invite", clock },
    });
    await accounts.register({ name: "carol", password: "123456", invite: code });
    await accounts.close();
    const other = JSON.parse((await done(folder, ["invite", "--json", "--expires", "1h"])).out);
    assert.deepEqual(Object.keys(other), ["id", "code", "uses", "expires"]);
    const list = JSON.parse((await done(folder, ["invites", "--json"])).out);
    assert.deepEqual(list.map(({ uses }: { uses: number }) => uses), [1, 1]);
    const shown = await done(folder, ["invites"]);
    assert.ok(shown.out.includes(other.id) && !shown.out.includes(other.code));
    for (const { id } of list) await done(folder, ["uninvite", id]);
    assert.equal((await done(folder, ["invites"])).err, "There are no invites.\n");
    const file = await Deno.readTextFile(join(folder, "accounts", "accounts.jsonl"));
    assert.ok(!file.includes(code) && !file.includes(other.code), "codes are not kept");
  });
});

Deno.test("every command has help", strict, async () => {
  assert.ok(command.kind === "group");
  for (const { name } of command.commands) {
    const ran = await account("/nowhere", [name, "--help"]);
    assert.equal(ran.code, 0);
    assert.match(ran.out, new RegExp(`chatnode account ${name}`));
  }
});

/** Runs the program itself, with the permissions it is shipped with. */
function program(
  folder: string,
  args: readonly string[],
  input = "",
): ReturnType<typeof runProgram> {
  return runProgram(["account", ...args], { env: { CHATNODE_DATA: folder }, input });
}

Deno.test("what the program does beside a running server holds there", strict, async () => {
  await inFolder(async (folder) => {
    await using server = await startServer({ data: folder });
    const alice = await server.enter("alice");
    const bob = await server.enter("bob");
    const socket = await SocketClient.open(`${server.ws}/?token=${alice.token}`);
    const other = await SocketClient.open(`${server.ws}/?token=${bob.token}`);
    const changed = await program(folder, ["passwd", "alice"], "another horse\n");
    assert.equal(changed.code, 0, changed.stderr);
    const { code } = await inTime("the end of her session", socket.closed);
    assert.equal(code, 1008);
    assert.equal((await alice.post("/send", { sender: "alice", message: "hi" })).status, 401);
    await server.api.login("alice", "another horse");
    await bob.say("bob", "still here");

    await program(folder, ["add", "carol", "--role", "admin"], "correct horse\n");
    const carol = await server.api.login("carol", "correct horse");
    const { body } = await carol.get("/api/admin/all-users");
    assert.deepEqual(
      (body as { users: { username: string }[] }).users.map(({ username }) => username),
      ["admin", "alice", "bob", "carol"],
    );
    await program(folder, ["remove", "bob"]);
    await inTime("the end of his session", other.closed);
    const taken = await server.api.post("/api/register", {
      ...{ username: "Bob", password: "correct horse" },
    });
    assert.deepEqual(taken.body, {
      ...{ success: false, token: null, message: "Username already exists" },
    });
    assert.equal((await server.stop()).code, 0);
  });
});

Deno.test("the program changes accounts beside a running node", strict, async () => {
  await inFolder(async (folder) => {
    const accounts = await open(folder);
    try {
      const added = await program(folder, ["add", "alice"], "correct horse\n");
      assert.equal(added.code, 0, added.stderr);
      const identity = await accounts.authenticate("alice", "correct horse");
      const { token } = await accounts.issue(identity);

      const heard: Revocation[] = [];
      accounts.onRevoked((revocation) => heard.push(revocation));
      assert.equal((await program(folder, ["passwd", "alice"], "another horse\n")).code, 0);
      await accounts.refresh();
      assert.deepEqual(heard.map(({ kind }) => kind), ["account"]);
      assert.ok(!(await accounts.verify(token)).ok);

      await accounts.register({ name: "bob", password: "123456" });
      const listed = JSON.parse((await program(folder, ["list", "--json"])).stdout);
      assert.deepEqual(listed.map(({ name }: { name: string }) => name), ["alice", "bob"]);
      const [one, other] = await Promise.all([
        program(folder, ["role", "bob", "admin"]),
        program(folder, ["remove", "alice"]),
      ]);
      assert.deepEqual([one?.code, other?.code], [0, 0]);
      await accounts.refresh();
      assert.equal(accounts.identityOf("bob")?.role, "admin");
      assert.equal(accounts.identityOf("alice"), undefined);
    } finally {
      await accounts.close();
    }
  });
});

Deno.test({
  name: "what root makes belongs to the node's user",
  ...strict,
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  async fn() {
    await inFolder(async (folder) => {
      await Deno.chown(folder, 65534, 65534);
      assert.equal((await program(folder, ["add", "alice"], "correct horse\n")).code, 0);
      for (const name of ["", "lock", "accounts.jsonl"]) {
        assert.equal((await Deno.stat(join(folder, "accounts", name))).uid, 65534, name);
      }
    });
  },
});
