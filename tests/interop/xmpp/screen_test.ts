/** `chatnode client xmpp:...` on the full screen of a real terminal, with a real server. */
import assert from "node:assert/strict";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { type MessageEvent, messages } from "../../../src/transports/xmpp/features/messages.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { Tmux } from "../../process/tmux.ts";
import { withServer } from "./servers/servers.ts";

test("prosody: two people, one of them on the full screen", async () => {
  await withServer("prosody", (server) =>
    withDataFolder(async (folder) => {
      const service = `xmpp://127.0.0.1:${server.ports.starttls}`;
      const { ca, caFile } = server.certificates;
      const bob = await new XmppClient({ user: "bob", service, ca, features: FEATURES }).online();
      try {
        await using tmux = await Tmux.open(folder);
        await tmux.enter("export XMPP_PASSWORD=alice-pw");
        await tmux.chatnode("client", "xmpp:alice@localhost", "--connect", service, "--ca", caFile);
        await tmux.shows(/\u25cf alice@localhost/);
        await bob.session.use(messages).send({ to: "alice@localhost", body: "hello alice" })
          .accepted;
        await tmux.shows(/bob\S* +1!/);
        await tmux.press("M-a");
        await tmux.shows(/bob\S* {2}hello alice/);
        await tmux.enter("hello bob");
        const said = (event: MessageEvent) => event.message.body === "hello bob";
        await bob.heard<MessageEvent>("message", said);
        await tmux.shows(/alice\S* {2}hello bob/);
        await tmux.enter("/chat carol@localhost");
        await tmux.shows(/^ carol/);
        await tmux.enter("/status dnd writing");
        await tmux.shows(/Others see you as dnd now/);
        await tmux.enter("/quit");
        await tmux.shows(/shell>$/m);
        assert.equal((await tmux.state()).isAlternate, false);
      } finally {
        await bob[Symbol.asyncDispose]();
      }
    }));
});
