/** Who is away from the keyboard, and who hides, as a contact sees it through real servers. */
import assert from "node:assert/strict";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { about } from "../../../src/transports/xmpp/features/about.ts";
import { presence, type PresenceEvent } from "../../../src/transports/xmpp/features/presence.ts";
import { roster, type SubscriptionEvent } from "../../../src/transports/xmpp/features/roster.ts";
import { eventually } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { Follower } from "./follower.ts";
import { KINDS, withServer } from "./servers/servers.ts";

for (const kind of KINDS) {
  test(`${kind}: away from the keyboard, back, and hidden with a text`, async () => {
    await withServer(kind, async (server) => {
      await using alice = new Follower(server, "alice");
      await using bob = await new XmppClient({
        user: "bob",
        service: `xmpp://127.0.0.1:${server.ports.starttls}`,
        ca: server.certificates.ca,
        features: FEATURES,
      }).online();
      await alice.hears("online");
      bob.session.use(roster).subscribe("alice@localhost");
      await alice.hears("request");
      await alice.session.contacts.accept("bob@localhost");
      await bob.heard<SubscriptionEvent>("subscription", ({ state }) => state === "granted");
      const seen = () => bob.session.use(presence).of("alice@localhost")[0];
      await eventually("alice is seen", () => seen()?.show === "available");

      const { attendance, status } = alice.session;
      attendance.absent();
      await eventually("alice is away", () => seen()?.show === "away");
      assert.equal(status.current, "away");
      attendance.present();
      await eventually("alice is back", () => seen()?.show === "available");
      const jid = seen()?.jid ?? "";
      assert.ok((await bob.session.use(about).idleSeconds(jid) ?? 99) < 60);

      const before = bob.all<PresenceEvent>("presence").length;
      await status.set("invisible", "only I know");
      assert.equal(status.current, "invisible");
      assert.equal(alice.session.xmpp.use(presence).own.status, "only I know");
      await eventually("alice is gone", () => seen() === undefined);
      attendance.absent();
      attendance.present();
      await status.set("available", "here again");
      await eventually("alice is seen again", () => seen()?.status === "here again");
      const told = bob.all<PresenceEvent>("presence").slice(before)
        .map(({ best }) => best?.status);
      assert.ok(!told.includes("only I know"), "the text was told to a contact");
    });
  });
}
