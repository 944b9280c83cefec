/** Files, blocking and hiding in the terminal's words, with real servers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

const HERE = "xmpp:alice@localhost/bob@localhost";

for (const kind of KINDS) {
  test(`${kind}: files, blocking, hiding`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await using bob = new Follower(server, "bob");
      await Promise.all([alice.hears("online"), bob.hears("online")]);
      await alice.session.contacts.add("bob@localhost");
      await bob.hears("request");
      await bob.session.contacts.accept("alice@localhost");
      await alice.hears("request");
      await alice.session.contacts.accept("bob@localhost");
      const contact = () => bob.session.contacts.list()[0];
      await eventually("bob sees alice", () => contact()?.show === "online");

      await context.step("a file", async () => {
        const folder = await Deno.makeTempDir();
        try {
          const path = join(folder, "notes.txt");
          await Deno.writeTextFile(path, "what was agreed");
          const told: number[] = [];
          const options = {
            signal: new AbortController().signal,
            progress: (done: number) => void told.push(done),
          };
          const { content } = await alice.session.files.send(HERE, path, options);
          assert.match(content.body ?? "", /^https:\/\/.*notes\.txt$/);
          assert.deepEqual([told[0], told.at(-1)], [0, 1]);
          await bob.hears("event", ({ event }) => event.content.body === content.body);
          using client = Deno.createHttpClient({ caCerts: [server.certificates.ca] });
          const answer = await fetch(content.body ?? "", { client });
          assert.equal(await answer.text(), "what was agreed");
          // How far it is, as the connection takes it.
          const large = join(folder, "large.bin");
          await Deno.writeFile(large, crypto.getRandomValues(new Uint8Array(65_536)));
          await Deno.truncate(large, 3_000_000);
          told.length = 0;
          const { content: second } = await alice.session.files.send(HERE, large, options);
          assert.ok(told.length > 40, `${told}`);
          assert.deepEqual(told, told.toSorted((a, b) => a - b));
          const whole = await fetch(second.body ?? "", { client });
          assert.equal((await whole.bytes()).length, 3_000_000);
          const missing = alice.session.files.send(HERE, join(folder, "none"), options);
          await assert.rejects(missing, /Cannot send the file: there is none/);
          await assert.rejects(alice.session.files.send(HERE, folder, options), /it is no file/);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      });

      await context.step("who is blocked is not heard, until they are let through", async () => {
        const { contacts } = alice.session;
        assert.equal(await alice.session.command("/blocked", HERE), "Nobody is blocked.");
        await contacts.block("bob@localhost");
        await eventually("the list has it", async () => (await contacts.blocked()).length === 1);
        assert.equal(contacts.list()[0]?.isBlocked, true);
        assert.equal(await alice.session.command("/blocked", HERE), "bob@localhost");
        await bob.session.send({ to: "alice@localhost", body: "hear me" });
        await bob.hears("receipt", ({ state }) => state === "failed");
        await contacts.unblock("bob@localhost");
        await eventually("the list is empty", async () => (await contacts.blocked()).length === 0);
        await bob.session.send({ to: "alice@localhost", body: "again" });
        await alice.hears("event", ({ event }) => event.content.body === "again");
        assert.ok(
          !alice.told.some((one) => one.kind === "event" && one.event.content.body === "hear me"),
        );
      });

      await context.step("hidden, and seen again", async () => {
        await eventually("bob sees alice", () => contact()?.show === "online");
        await alice.session.status.set("invisible");
        assert.equal(alice.session.status.current, "invisible");
        await eventually("bob does not see alice", () => contact()?.show === "offline");
        await bob.session.send({ to: "alice@localhost", body: "are you there?" });
        await alice.hears("event", ({ event }) => event.content.body === "are you there?");
        await alice.session.status.set("away", "back soon");
        assert.equal(alice.session.status.current, "away");
        await eventually("bob sees alice again", () => contact()?.show === "away");
      });
    });
  });
}
