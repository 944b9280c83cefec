/** Files from client to client in the terminal's words, with real servers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ReceivedFile } from "../../../src/commands/xmpp/received_file.ts";
import { SentFile } from "../../../src/commands/xmpp/sent_file.ts";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { fileTransfer } from "../../../src/transports/xmpp/features/file_transfer.ts";
import { presence } from "../../../src/transports/xmpp/features/presence.ts";
import { roster, type SubscriptionEvent } from "../../../src/transports/xmpp/features/roster.ts";
import { uploads } from "../../../src/transports/xmpp/features/uploads.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually, inTime } from "../../harness/eventually.ts";
import { PROGRAM } from "../../harness/server_process.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { Follower } from "./follower.ts";
import { KINDS, passwordOf, withServer, type XmppServer } from "./servers/servers.ts";

/** Two people who see each other. */
async function befriend(alice: Follower, bob: Follower, domain: string): Promise<void> {
  await Promise.all([alice.hears("online"), bob.hears("online")]);
  await alice.session.contacts.add(`bob@${domain}`);
  await bob.hears("request");
  await bob.session.contacts.accept(`alice@${domain}`);
  await alice.hears("request");
  await alice.session.contacts.accept(`bob@${domain}`);
  const sees = (one: Follower) => () => one.session.contacts.list()[0]?.show === "online";
  await eventually("alice sees bob", sees(alice));
  await eventually("bob sees alice", sees(bob));
}

/** How a file is sent, and how far it got. */
function sending(way: "usual" | "direct") {
  const told: number[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  return { told, controller, way, signal, progress: (done: number) => void told.push(done) };
}

for (const kind of KINDS) {
  test(`${kind}: files offered, taken, declined, cancelled`, async (context) => {
    await withServer(kind, (server) =>
      withDataFolder(async (folder) => {
        const downloads = { folder: join(folder, "downloads"), most: 100_000 };
        await using alice = new Follower(server, "alice");
        await using bob = new Follower(server, "bob", { downloads });
        await befriend(alice, bob, "localhost");
        const room = "xmpp:alice@localhost/bob@localhost";
        const { files } = alice.session;
        const { offers } = bob.session.files;
        const path = join(folder, "notes.txt");
        await Deno.writeTextFile(path, "what was agreed".repeat(1_000));

        await context.step("taken: kept, told, and remembered by both", async () => {
          const way = sending("direct");
          const sent = files.send(room, path, way);
          const offer = await bob.hears("file", ({ state }) => state === "offered");
          assert.equal(offer.name, "notes.txt");
          assert.equal(offer.mediaType, "text/plain");
          assert.equal(offer.size, 15_000);
          assert.equal(offer.who.address, "alice@localhost");
          assert.equal(offer.room, "xmpp:bob@localhost/alice@localhost");
          await offers?.accept();
          const done = await bob.hears("file", ({ state }) => state === "done");
          assert.equal(done.path, join(downloads.folder, "notes.txt"));
          assert.deepEqual(await Deno.readFile(done.path), await Deno.readFile(path));
          const { content, sender_id: sender } = await sent;
          assert.equal(sender, "alice@localhost");
          assert.deepEqual([way.told[0], way.told.at(-1)], [0, 1]);
          assert.ok(way.told.length > 2, "it is told between, too");
          const { event } = await bob.hears("event");
          assert.equal(event.sender_id, "alice@localhost");
          for (const each of [content, event.content]) {
            assert.equal(each.body, "notes.txt (14.6 KiB, text/plain), sent directly");
            const file = each["file"] as Readonly<Record<string, unknown>>;
            assert.equal(file["size"], 15_000);
            assert.match(String(file["sha256"]), /^[A-Za-z0-9+/]{43}=$/);
          }
          const [known] = await bob.session.history("xmpp:bob@localhost/alice@localhost", 1);
          assert.equal(known?.event_id, event.event_id);
        });

        await context.step("declined", async () => {
          const sent = files.send(room, path, sending("direct"));
          const { id } = await bob.hears("file", ({ state, id }) =>
            state === "offered" && id === "2");
          await assert.rejects(offers?.accept("7") ?? Promise.resolve(), /no file is offered/);
          await offers?.decline(id);
          await assert.rejects(sent, /it was declined/);
          await assert.rejects(offers?.decline() ?? Promise.resolve(), /no file is offered/);
        });

        await context.step(
          "too large: nothing is written, and it can still be declined",
          async () => {
            const large = join(folder, "large.bin");
            await Deno.writeFile(large, new Uint8Array(100_001));
            const sent = files.send(room, large, sending("direct"));
            await bob.hears(
              "file",
              ({ state, name }) =>
                state === "offered" && name === "large.bin",
            );
            await assert.rejects(offers?.accept() ?? Promise.resolve(), /it is over 97.7 KiB/);
            await offers?.decline();
            await assert.rejects(sent, /it was declined/);
          },
        );

        await context.step("cancelled by who sends, in either of two ways", async () => {
          const way = sending("direct");
          const sent = files.send(room, path, way);
          await alice.hears("file", ({ state, id }) => state === "offered" && id === "4");
          way.controller.abort();
          await assert.rejects(sent, /it was cancelled/);
          const again = files.send(room, path, sending("direct"));
          const offered = await alice.hears(
            "file",
            ({ state, id }) => state === "offered" && id === "5",
          );
          await alice.session.files.offers?.cancel(offered.id);
          await assert.rejects(again, /it was cancelled/);
          await bob.hears("file", ({ text = "" }) => /the other side cancelled it/.test(text));
        });

        await context.step("to nobody, to a room, of nothing", async () => {
          const none = /no client that takes files directly is there/;
          const nobody = "xmpp:alice@localhost/carol@localhost";
          await assert.rejects(files.send(nobody, path, sending("direct")), none);
          const missing = files.send(room, join(folder, "none"), sending("direct"));
          await assert.rejects(missing, /there is none of that name/);
          await alice.session.join("xmpp:alice@localhost/den@conference.localhost");
          const den = "xmpp:alice@localhost/den@conference.localhost";
          await assert.rejects(files.send(den, path, sending("direct")), none);
        });

        const names = await Array.fromAsync(Deno.readDir(downloads.folder), ({ name }) => name);
        assert.deepEqual(names, ["notes.txt"]);
      }));
  });
}

test("prosody: a file goes directly where the server takes none", async () => {
  await withServer("prosody", (server) =>
    withDataFolder(async (folder) => {
      const domain = "opttls.test";
      for (const name of ["alice", "bob"]) await server.register(name, domain, passwordOf(name));
      const downloads = { folder, most: 100_000 };
      await using alice = new Follower(server, "alice", { domain });
      await using bob = new Follower(server, "bob", { domain, downloads });
      await befriend(alice, bob, domain);
      assert.equal(await alice.session.xmpp.use(uploads).isOffered(), false);
      const path = join(folder, "a.txt");
      await Deno.writeTextFile(path, "short");
      const room = `xmpp:alice@${domain}/bob@${domain}`;
      const sent = alice.session.files.send(room, path, sending("usual"));
      await bob.hears("file", ({ state }) => state === "offered");
      await bob.session.files.offers?.accept();
      assert.equal((await sent).content.body, "a.txt (5 bytes, text/plain), sent directly");
      const { path: kept } = await bob.hears("file", ({ state }) => state === "done");
      assert.equal(kept, join(folder, "a (2).txt"), "beside the one that is there");
      const nobody = alice.session.files.send(`xmpp:alice@${domain}/carol@${domain}`, path, {
        ...sending("usual"),
      });
      await assert.rejects(nobody, /the server takes no files/);
    }));
});

test("prosody: a script sends a file, and takes one", async (context) => {
  await withServer("prosody", (server) =>
    withDataFolder(async (folder) => {
      const client = (user: string) =>
        new XmppClient({
          user,
          service: `xmpp://127.0.0.1:${server.ports.starttls}`,
          ca: server.certificates.ca,
          features: FEATURES,
        });
      await using bob = await client("bob").online();
      {
        await using alice = await client("alice").online();
        alice.session.use(roster).subscribe("bob@localhost");
        await bob.heard<SubscriptionEvent>("subscription", ({ state }) => state === "requested");
        bob.session.use(roster).accept("alice@localhost");
        bob.session.use(roster).subscribe("alice@localhost");
        await alice.heard<SubscriptionEvent>("subscription", ({ state }) => state === "requested");
        alice.session.use(roster).accept("bob@localhost");
        const isMutual = () =>
          bob.session.use(roster).contacts.get("alice@localhost")?.subscription === "both";
        await eventually("they see each other", isMutual);
      }
      const path = join(folder, "notes.txt");
      await Deno.writeTextFile(path, "what was agreed");
      const transfers = bob.session.use(fileTransfer);

      await context.step("sends one", async () => {
        await using alice = new Script(server, folder);
        await alice.types(`/file direct ${path}`);
        await eventually("an offer", () => transfers.open.length === 1);
        const kept = join(folder, "bob");
        const receiving = { folder: kept, name: "x", uuid: () => crypto.randomUUID() };
        const file = await ReceivedFile.create({ ...receiving, now: () => Date.now() });
        await transfers.accept(transfers.open[0]?.id ?? "", file);
        assert.equal(await Deno.readTextFile(join(kept, "x")), "what was agreed");
        assert.equal(await alice.ends(), 0);
        const sent = alice.lines.filter(({ type }) => type === "chatnode.sent");
        assert.deepEqual(sent.map(({ line }) => line), [1]);
        const states = alice.lines.filter(({ type }) => type === "chatnode.file")
          .map(({ state }) => state);
        assert.equal(states[0], "offered");
        assert.equal(states.at(-1), "done");
      });

      await context.step("takes one, and does not leave before it is there", async () => {
        await using alice = new Script(server, folder);
        await eventually("alice is there", () =>
          bob.session.use(presence).of("alice@localhost").length === 1);
        using source = await SentFile.open(path, 1_000, new AbortController().signal);
        const sent = transfers.offer(await transfers.clientOf("alice@localhost") ?? "", source);
        sent.catch(() => {});
        await alice.hears(({ type, state }) =>
          type === "chatnode.file" && state === "offered"
        );
        await alice.types("/file accept");
        assert.equal(await alice.ends(), 0);
        await sent;
        const done = await alice.hears(({ type, state }) =>
          type === "chatnode.file" && state === "done"
        );
        assert.equal(done["path"], join(folder, "downloads/notes.txt"));
        assert.equal(await Deno.readTextFile(String(done["path"])), "what was agreed");
        await alice.hears(({ type, sender_id: sender }) =>
          type === "m.room.message" && sender === "bob@localhost"
        );
      });
    }));
});

/** The real program, alice's, with JSON lines. */
class Script implements AsyncDisposable {
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<void>;

  constructor(server: XmppServer, folder: string) {
    const [command, ...before] = PROGRAM;
    const where = ["--connect", `xmpp://127.0.0.1:${server.ports.starttls}`];
    const files = ["--ca", server.certificates.caFile, "--download-dir", join(folder, "downloads")];
    const args = ["client", "xmpp:alice@localhost", "--json", "--room", "bob@localhost"];
    this.#child = new Deno.Command(command, {
      args: [...before, ...args, ...where, ...files],
      env: { XMPP_PASSWORD: passwordOf("alice"), CHATNODE_DATA: join(folder, "data") },
      ...{ stdin: "piped", stdout: "piped", stderr: "null" },
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read = this.#hear();
  }

  async types(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Waits for a line that fits. */
  async hears(
    fits: (line: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<Readonly<Record<string, unknown>>> {
    return await eventually("the program writes it", () => this.lines.find(fits));
  }

  /** Ends the input, and waits until the program has left. */
  async ends(): Promise<number> {
    await this.#input.close();
    const { code } = await inTime("the program leaves", this.#child.status, 60_000);
    await this.#read;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has left.
    }
    await this.#child.status;
    await this.#read;
    await this.#input.abort().catch(() => {});
  }

  async #hear(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.lines.push(JSON.parse(line));
    }
  }
}
