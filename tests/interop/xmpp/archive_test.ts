/** What was said while one was away, on real servers: read once, in order, without gaps. */
import assert from "node:assert/strict";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import {
  type Archive,
  archive,
  type ArchiveEvent,
  type ArchivePosition,
} from "../../../src/transports/xmpp/features/archive.ts";
import { type MessageEvent, messages } from "../../../src/transports/xmpp/features/messages.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { anotherSecond } from "./seconds.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const ALICE = "alice@localhost";
const BOB = "bob@localhost";
const MANY = 230;

function client(server: XmppServer, user: string): XmppClient {
  return new XmppClient({
    user,
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: FEATURES,
  });
}

/** Bob, whose archive is prepared before he comes in. */
function begun(server: XmppServer, prepare: (archives: Archive) => void): XmppClient {
  return new XmppClient({
    user: "bob",
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: [
      { extensions: [], start: (port) => prepare(port.use(archive)) },
      ...FEATURES,
    ],
  });
}

function bodiesOf(client: XmppClient): (string | undefined)[] {
  return client.all<MessageEvent>("message").map(({ message }) => message.body);
}

for (const kind of KINDS) {
  test(`${kind}: archives are read once and without gaps`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = await client(server, "alice").online();
      const say = (count: number, prefix: string): Promise<unknown> =>
        Promise.all(
          Array.from(
            { length: count },
            (_, index) =>
              alice.session.use(messages).send({ to: BOB, body: `${prefix} ${index}` }).accepted,
          ),
        );
      const expected = (count: number, prefix: string): string[] =>
        Array.from({ length: count }, (_, index) => `${prefix} ${index}`);
      let position: ArchivePosition | undefined;

      await context.step("a first login gets the latest, each once", async () => {
        await say(20, "first");
        await using bob = await begun(server, (archives) => archives.beginWith("latest")).online();
        const { message } = await bob.heard<MessageEvent>(
          "message",
          ({ message }) => message.body === "first 19",
        );
        assert.equal(message.source, "archive");
        await bob.heard<ArchiveEvent>("archive", ({ state }) => state === "caught-up");
        // What the server has kept for the absent comes behind that.
        await say(1, "live");
        await bob.heard<MessageEvent>("message", ({ message }) => message.body === "live 0");
        assert.deepEqual(bodiesOf(bob), [...expected(20, "first"), "live 0"]);
        position = bob.session.use(archive).position(BOB);
        assert.ok(position !== undefined);
        await bob.session.close();
      });

      await context.step("a later run goes on where the last one ended", async (inner) => {
        await say(MANY, "later");
        await using bob = begun(
          server,
          (archives) => archives.resumeFrom(BOB, position ?? { id: "" }),
        );
        await bob.online();
        await bob.heard<ArchiveEvent>("archive", ({ state }) => state === "caught-up");
        assert.deepEqual(bodiesOf(bob), expected(MANY, "later"));

        await inner.step(
          "one's own words elsewhere come too, one's own here do not",
          async () => {
            bob.session.use(messages).send({ to: ALICE, body: "from here" });
            await alice.heard<MessageEvent>(
              "message",
              ({ message }) => message.body === "from here",
            );
            const before = bodiesOf(bob).length;
            await bob.session.use(archive).catchUp(BOB);
            assert.equal(bodiesOf(bob).length, before);
          },
        );
        await bob.session.close();
      });

      await context.step("a position that the archive does not know", async () => {
        await using bob = await begun(server, (archives) => archives.beginWith("latest")).online();
        await bob.heard<ArchiveEvent>("archive");
        const known = bob.session.use(archive).position(BOB);
        const unknown = kind === "ejabberd" ? "1" : "no-such-id";
        bob.session.use(archive).resumeFrom(BOB, { id: unknown, timestamp: known?.timestamp ?? 0 });
        await bob.session.use(archive).catchUp(BOB);
        assert.equal(bob.session.use(archive).position(BOB)?.id, known?.id);
      });

      await context.step("who begins with now is told nothing of before", async () => {
        await anotherSecond();
        await using bob = await client(server, "bob").online();
        await bob.heard<ArchiveEvent>("archive", ({ state }) => state === "caught-up");
        // What Prosody has kept for who was away comes by itself.
        const archived = bob.all<MessageEvent>("message")
          .filter(({ message }) => message.source === "archive");
        assert.deepEqual(archived, []);
      });

      await context.step("pages of one conversation, backwards to the beginning", async () => {
        await using carol = await client(server, "carol").online();
        await carol.session.use(messages).send({ to: ALICE, body: "another talk" }).accepted;
        await using bob = await client(server, "bob").online();
        const told = bodiesOf(bob).length;
        const found: string[] = [];
        let before: string | undefined = "";
        for (let pages = 0; before !== undefined; pages += 1) {
          assert.ok(pages < 20, "the archive comes to an end");
          const page = await bob.session.use(archive).page({ with: ALICE, before, most: 60 });
          found.unshift(...page.messages.map(({ body }) => body ?? ""));
          before = page.isComplete ? undefined : page.first;
        }
        assert.deepEqual(
          found.filter((body) => body !== ""),
          [...expected(20, "first"), "live 0", ...expected(MANY, "later"), "from here"],
        );
        assert.equal(bodiesOf(bob).length, told, "pages are not told as events");
      });

      await context.step("a restart of the server under traffic leaves no gap", async () => {
        await using bob = await client(server, "bob").online();
        await server.stop();
        await server.start();
        await eventually("alice is back", () => alice.session.isOnline);
        await say(30, "after");
        await bob.heard<MessageEvent>("message", ({ message }) => message.body === "after 29");
        await eventually(
          "all came",
          () => bodiesOf(bob).filter((body) => body?.startsWith("after")).length >= 30,
        );
        // What was said between the catching up and the presence comes behind, with its time.
        const number = (body: string | undefined): number => Number(body?.split(" ")[1]);
        assert.deepEqual(
          bodiesOf(bob).filter((body) => body?.startsWith("after"))
            .sort((a, b) => number(a) - number(b)),
          expected(30, "after"),
        );
      });
    });
  });
}
