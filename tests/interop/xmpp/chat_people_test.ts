/** Who people are, in the terminal's words, with real servers: cards, clients, pictures. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { about } from "../../../src/transports/xmpp/features/about.ts";
import { vcard } from "../../../src/transports/xmpp/features/vcard.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

const HERE = "xmpp:alice@localhost/bob@localhost";
const TEA = "tea@conference.localhost";
const PIXEL = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

for (const kind of KINDS) {
  test(`${kind}: who people are`, async (context) => {
    const folder = await Deno.makeTempDir();
    try {
      await withServer(kind, async (server) => {
        const savesIn = join(folder, "saved");
        await using alice = new Follower(server, "alice", { savesIn });
        await using bob = new Follower(server, "bob");
        await Promise.all([alice.hears("online"), bob.hears("online")]);
        const says = (text: string) => alice.session.command(text, HERE);
        const his = (text: string) =>
          bob.session.command(text, "xmpp:bob@localhost/alice@localhost");

        await context.step("a card, field by field", async () => {
          assert.match(await his("/vcard") ?? "", /nothing of yourself/);
          await his("/vcard set name Bob Brown");
          await his("/vcard set email bob@example.org");
          await his("/vcard set title One who\nforges: lines");
          await his("/vcard set birthday 1970-01-01");
          await his("/vcard set birthday");
          assert.equal(
            await says("/vcard bob"),
            "Name: Bob Brown\nTitle: One who forges: lines\nEmail: bob@example.org",
          );
          await assert.rejects(his("/vcard set shoe 43"), /Usage: \/vcard set name\|/);
          assert.equal(await says("/vcard carol@localhost"), "They say nothing.");
        });

        await context.step("who is no contact tells little", async () => {
          const text = await says("/whois bob@localhost") ?? "";
          assert.equal(await says("/whois"), text, "without a name it is whom one talks to");
          assert.match(text, /^bob@localhost\nNot on your contact list\./);
          assert.match(text, /^Name: Bob Brown$/m);
          assert.doesNotMatch(text, /^There with/m);
        });

        await context.step("a contact: clients, their state, program and time", async () => {
          await alice.session.contacts.add("bob@localhost", { name: "Bobby" });
          await bob.hears("request");
          await bob.session.contacts.accept("alice@localhost");
          await alice.hears("request");
          await alice.session.contacts.accept("bob@localhost");
          await bob.session.status.set("away", "at lunch");
          const contact = () => alice.session.contacts.list()[0];
          await eventually("alice sees bob", () => contact()?.show === "away");
          bob.session.xmpp.use(about).active();
          const text = await says("/whois Bobby") ?? "";
          assert.match(text, /^On your list as Bobby: a contact; each sees /m);
          const line = new RegExp(
            `^There with ${bob.session.xmpp.jid?.resource}: away, at lunch, ` +
              String.raw`chatnode test, \d\d:\d\d \(\+00:00\) there$`,
            "m",
          );
          assert.match(text, line);
        });

        await context.step("somebody in a room, whom the room tells to its owner", async () => {
          const room = `xmpp:alice@localhost/${TEA}`;
          await alice.session.join(room, { nick: "Alice" });
          await bob.session.join(`xmpp:bob@localhost/${TEA}`, { nick: "Bob B" });
          await eventually(
            "bob is there",
            async () => (await alice.session.occupants(room)).length === 2,
          );
          await assert.rejects(alice.session.command("/whois", room), /Usage: \/whois NAME/);
          const text = await alice.session.command("/whois Bob B", room) ?? "";
          assert.match(text, /^tea@conference\.localhost\/Bob B\nThis is bob@localhost\.$/m);
          assert.match(text, /^In the room: participant, no affiliation, away, at lunch$/m);
          assert.match(text, /^chatnode test$/m);
        });

        await context.step("a picture is told of, and kept when it is asked for", async () => {
          assert.equal(await his("/avatar"), "You have no picture: /avatar FILE.");
          assert.equal(await says("/avatar save bob"), "bob@localhost has no picture.");
          const file = join(folder, "me.png");
          await Deno.writeFile(file, PIXEL);
          await his(`/avatar ${file}`);
          assert.equal(await his("/avatar"), `You have a picture (png, ${PIXEL.length} bytes).`);
          await eventually("alice knows", () => alice.session.contacts.list()[0]?.hasPicture);
          await alice.hears("contact", ({ contact }) => contact.hasPicture === true);
          assert.match(await says("/whois bob") ?? "", /^Has a picture: \/avatar save bob@/m);
          const [, path = ""] = /^The picture is in (.*)\.$/.exec(
            await says("/avatar save bob") ?? "",
          ) ?? [];
          assert.match(path, /\/saved\/bob@localhost-[0-9a-f]{12}\.png$/);
          assert.deepEqual(await Deno.readFile(path), PIXEL);
          assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o077, 0, "nobody else's business");
          assert.equal(await says("/avatar save bob"), `The picture is in ${path} already.`);
          assert.deepEqual((await Array.fromAsync(Deno.readDir(savesIn))).length, 1);
        });

        await context.step("what is no picture, and none any more", async () => {
          const text = join(folder, "me.txt");
          await Deno.writeTextFile(text, "a face");
          await assert.rejects(his(`/avatar ${text}`), /Cannot use the picture: it is no PNG/);
          await assert.rejects(his(`/avatar ${folder}`), /it is no file/);
          await assert.rejects(his(`/avatar ${join(folder, "gone.png")}`), /there is none of that/);
          await Deno.writeFile(text, new Uint8Array(200 * 1024));
          await assert.rejects(his(`/avatar ${text}`), /it is over 196608 bytes/);
          await his("/avatar remove");
          await eventually("alice knows", () => !alice.session.contacts.list()[0]?.hasPicture);
          assert.equal(
            (await bob.session.xmpp.use(vcard).get()).element.getChild("PHOTO"),
            undefined,
          );
        });

        await context.step("who has gone was there some time ago", async () => {
          await bob.session.close();
          await eventually(
            "alice sees it",
            () => alice.session.contacts.list()[0]?.show === "offline",
          );
          assert.match(await says("/whois bob") ?? "", /^Not there; last seen \d+ s ago\.$/m);
        });
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
