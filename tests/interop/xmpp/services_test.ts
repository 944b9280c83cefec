/** What servers keep for people, on real ones: files, cards, pictures, lists, passwords. */
import assert from "node:assert/strict";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { type AvatarEvent, avatars } from "../../../src/transports/xmpp/features/avatars.ts";
import { blocking, type BlockingEvent } from "../../../src/transports/xmpp/features/blocking.ts";
import { clientState } from "../../../src/transports/xmpp/features/client_state.ts";
import { commands } from "../../../src/transports/xmpp/features/commands.ts";
import { invisible } from "../../../src/transports/xmpp/features/invisible.ts";
import { type MessageEvent, messages } from "../../../src/transports/xmpp/features/messages.ts";
import { type NicknameEvent, nicknames } from "../../../src/transports/xmpp/features/nicknames.ts";
import { ping } from "../../../src/transports/xmpp/features/ping.ts";
import { presence } from "../../../src/transports/xmpp/features/presence.ts";
import { registration } from "../../../src/transports/xmpp/features/registration.ts";
import { roster, type SubscriptionEvent } from "../../../src/transports/xmpp/features/roster.ts";
import { serviceContact } from "../../../src/transports/xmpp/features/service_contact.ts";
import {
  download,
  fileElement,
  readFile,
  uploads,
} from "../../../src/transports/xmpp/features/uploads.ts";
import { vcard } from "../../../src/transports/xmpp/features/vcard.ts";
import { bytesBody, httpsPut } from "../../../src/transports/xmpp/https_put.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { KINDS, withServer, type XmppServer } from "./servers/servers.ts";

const ALICE = "alice@localhost";
const BOB = "bob@localhost";
/** A PNG of one pixel. */
const PNG = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

function client(server: XmppServer, user: string): XmppClient {
  return new XmppClient({
    user,
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: FEATURES,
  });
}

async function befriend(alice: XmppClient, bob: XmppClient): Promise<void> {
  const mine = alice.session.use(roster);
  const theirs = bob.session.use(roster);
  mine.subscribe(BOB);
  await bob.heard<SubscriptionEvent>("subscription", ({ state }) => state === "requested");
  theirs.accept(ALICE);
  theirs.subscribe(ALICE);
  await alice.heard<SubscriptionEvent>("subscription", ({ state }) => state === "requested");
  mine.accept(BOB);
  await eventually("both see each other", () =>
    mine.contacts.get(BOB)?.subscription === "both" &&
    theirs.contacts.get(ALICE)?.subscription === "both");
  // As after a login: ejabberd looks at what clients can when presence comes from a contact.
  for (const each of [alice, bob]) each.session.use(presence).set({ show: "available" });
}

for (const kind of KINDS) {
  test(`${kind}: what the server keeps for people`, async (context) => {
    await withServer(kind, async (server) => {
      await using alice = await client(server, "alice").online();
      await using bob = await client(server, "bob").online();
      await befriend(alice, bob);
      const sees = (): boolean => bob.session.use(presence).of(ALICE).length > 0;
      await eventually("bob sees alice", sees);

      await context.step("a file goes up, is told of, and comes down", async () => {
        using http = Deno.createHttpClient({ caCerts: [server.certificates.ca] });
        const transfer = {
          fetch: (url: string, init: RequestInit) => fetch(url, { ...init, client: http }),
        };
        const own = alice.session.use(uploads);
        assert.ok((await own.sizeMost() ?? 0) > 1_000_000);
        const bytes = crypto.getRandomValues(new Uint8Array(50_000));
        const body = bytesBody(bytes);
        const file = { name: "/secret/path/no\u202etes.txt", type: "text/plain", body };
        const put = httpsPut(server.certificates.ca);
        const url = await own.upload(file, { put });
        assert.equal(url.protocol, "https:");
        assert.doesNotMatch(url.href, /secret|202e/i);
        alice.session.use(messages)
          .send({ to: BOB, body: url.href, extra: [fileElement(url)] });
        const { message } = await bob.heard<MessageEvent>(
          "message",
          ({ message }) => message.body === url.href,
        );
        const found = readFile(message);
        assert.equal(found?.href, url.href);
        const { bytes: received, type } = await download(found ?? url, transfer);
        assert.deepEqual(received, bytes);
        assert.match(type ?? "", /^text\/plain/);
        await assert.rejects(download(url, { ...transfer, most: 49_999 }), /over 49999 bytes/);
        const large = { ...body, size: (await own.sizeMost() ?? 0) + 1 };
        await assert.rejects(own.upload({ ...file, body: large }, { put }), /takes \d+ bytes/);
      });

      await context.step("a card", async () => {
        const own = alice.session.use(vcard);
        await own.change({ fullName: "Alice <A>", email: "alice@example.org", title: "Boss" });
        await own.change({ title: "", url: "https://alice.example/?a&b" });
        const card = await bob.session.use(vcard).get(ALICE);
        assert.equal(card.fullName, "Alice <A>");
        assert.equal(card.email, "alice@example.org");
        assert.equal(card.title, undefined);
        assert.equal(card.url, "https://alice.example/?a&b");
      });

      await context.step("a picture", async () => {
        const hash = await alice.session.use(avatars).publish(PNG);
        const event = await bob.heard<AvatarEvent>("avatar", (event) => event.hash === hash);
        assert.equal(event.from, ALICE);
        const avatar = await bob.session.use(avatars).fetch(ALICE);
        assert.deepEqual(avatar, { hash, bytes: PNG, type: "image/png" });
        // The card has it too, and its texts are still there.
        await eventually("the card has the picture", async () => {
          const card = await bob.session.use(vcard).get(ALICE);
          return card.element.getChild("PHOTO") !== undefined;
        });
        await assert.rejects(
          alice.session.use(avatars).publish(new TextEncoder().encode("<svg/>")),
          RangeError,
        );
        await alice.session.use(avatars).remove();
        await bob.heard<AvatarEvent>("avatar", (event) => event.hash === undefined);
      });

      await context.step("a nickname", async () => {
        // Servers tell those of whom they have found out that they want to know.
        const event = await eventually("bob hears of the nickname", async () => {
          await alice.session.use(nicknames).publish("Al");
          return bob.all<NicknameEvent>("nickname").find(({ from }) => from === ALICE);
        });
        assert.equal(event.nickname, "Al");
      });

      await context.step("who is blocked does not come through", async () => {
        await using second = await client(server, "alice").online();
        const own = alice.session.use(blocking);
        await own.block(BOB);
        await second.heard<BlockingEvent>("blocking", ({ blocked }) => blocked.includes(BOB));
        assert.deepEqual([...own.blocked], [BOB]);
        const { id } = bob.session.use(messages).send({ to: ALICE, body: "can you hear me?" });
        await bob.heard("message-failed", (event) => "id" in event && event.id === id);
        await own.unblock(BOB);
        await eventually("the list is empty", () => own.blocked.size === 0);
        bob.session.use(messages).send({ to: ALICE, body: "and now?" });
        await alice.heard<MessageEvent>("message", ({ message }) => message.body === "and now?");
        assert.equal(
          alice.all<MessageEvent>("message")
            .some(({ message }) => message.body === "can you hear me?"),
          false,
        );
      });

      await context.step("invisible, and seen again", async () => {
        // Neither of Debian's servers has XEP-0186.
        await alice.session.use(invisible).hide();
        assert.equal(alice.session.use(invisible).way, "privacy-list");
        await eventually("alice is gone", () => !sees());
        bob.session.use(messages).send({ to: ALICE, body: "anybody?" });
        await alice.heard<MessageEvent>("message", ({ message }) => message.body === "anybody?");
        alice.session.use(presence).set({ show: "dnd", status: "hidden" });
        await alice.session.use(ping).ping();
        await bob.session.use(ping).ping();
        assert.equal(sees(), false);
        await alice.session.use(invisible).show();
        await eventually("alice is there again", sees);
      });

      await context.step(
        "while nobody looks the server may keep things back, and nothing is lost",
        async () => {
          assert.ok(alice.session.offered("csi", "urn:xmpp:csi:0"));
          alice.session.use(clientState).set("inactive");
          bob.session.use(presence).set({ show: "xa", status: "nobody looks" });
          bob.session.use(messages).send({ to: ALICE, body: "look!" });
          await bob.session.flush();
          alice.session.use(clientState).set("active");
          await alice.heard<MessageEvent>("message", ({ message }) => message.body === "look!");
          await eventually(
            "and what was kept back",
            () => alice.session.use(presence).of(BOB)[0]?.status === "nobody looks",
          );
        },
      );

      await context.step("whom to turn to", async () => {
        const contacts = await alice.session.use(serviceContact).of("localhost");
        assert.deepEqual([...contacts], [["abuse", ["mailto:abuse@localhost"]]]);
      });

      await context.step("a command of the server, step by step", async () => {
        await using admin = await client(server, "admin").online();
        const own = admin.session.use(commands);
        const offered = await own.list("localhost");
        const command = offered.find(({ node }) =>
          node === "http://jabber.org/protocol/admin#add-user"
        );
        assert.ok(command !== undefined, "the server lets people be added");
        const step = await own.begin(command);
        assert.equal(step.state, "executing");
        assert.ok(step.form !== undefined);
        await assert.rejects(own.go(step, "complete", { "no-such": "x" }), RangeError);
        await assert.rejects(own.go(step, "prev"), RangeError);
        const end = await own.go(step, step.actions.has("complete") ? "complete" : "next", {
          accountjid: "dave@localhost",
          password: "dave-pw",
          "password-verify": "dave-pw",
        });
        assert.equal(end.state, "completed");
        await using dave = await client(server, "dave").online();
        await assert.rejects(dave.session.use(commands).begin(command), /forbidden|not-allowed/);
        await dave.session.close();
      });

      await context.step("another password, and the end of an account", async () => {
        await using carol = await client(server, "carol").online();
        await carol.session.use(registration).changePassword("c\u00e4rol 2");
        await carol.session.close();
        await using old = client(server, "carol");
        assert.match(String((await old.failure()).message), /Cannot log in/);
        const credentials = {
          kind: "password",
          username: "carol",
          password: "c\u00e4rol 2",
        } as const;
        const options = {
          user: "carol",
          service: `xmpp://127.0.0.1:${server.ports.starttls}`,
          ca: server.certificates.ca,
          features: FEATURES,
          credentials,
        };
        await using again = await new XmppClient(options).online();
        await again.session.use(registration).removeAccount();
        await again.session.close();
        await using gone = new XmppClient(options);
        assert.match(String((await gone.failure()).message), /Cannot log in/);
      });
    });
  });
}
