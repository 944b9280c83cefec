/** A connection on which nothing is said: kept open, asked after, and given up when it is dead. */
import assert from "node:assert/strict";
import { XmppError } from "../../../../src/transports/xmpp/errors.ts";
import { messages } from "../../../../src/transports/xmpp/features/messages.ts";
import { LIMITS } from "../../../../src/transports/xmpp/limits.ts";
import type { SessionNews } from "../../../../src/transports/xmpp/session/session.ts";
import { eventually, inTime } from "../../../harness/eventually.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import { XmppClient } from "../../../harness/xmpp_client.ts";
import { type Peer, ScriptedServer, SM } from "../scripted_server.ts";

const ASKS: readonly {
  readonly how: string;
  letIn(peer: Peer): Promise<void>;
  readonly question: RegExp;
  answer(match: RegExpExecArray): string;
}[] = [
  {
    how: "stream management",
    async letIn(peer) {
      await peer.letsIn(SM);
      await peer.hears(/<enable [^>]*>/);
      await peer.say("<enabled xmlns='urn:xmpp:sm:3'/>");
    },
    question: /<r xmlns="urn:xmpp:sm:3"\/>/,
    answer: () => "<a xmlns='urn:xmpp:sm:3' h='0'/>",
  },
  {
    how: "pings",
    letIn: (peer) => peer.letsIn(),
    question: /<iq type="get" id="([^"]+)"><ping xmlns="urn:xmpp:ping"\/><\/iq>/,
    answer: ([, id]) => `<iq type='result' id='${id}'/>`,
  },
];

for (const { how, letIn, question, answer } of ASKS) {
  test(`a server that is silent is asked by ${how}; without an answer it is gone`, async () => {
    const clock = new ManualClock();
    const answered = Promise.withResolvers<void>();
    await using server = new ScriptedServer(async (peer, number) => {
      await letIn(peer);
      if (number > 0) return await peer.left();
      await peer.say(answer(await peer.hears(question)));
      answered.resolve();
      await peer.hears(question);
      // It has taken the question, and says nothing any more.
      await peer.left();
    });
    await using client = await new XmppClient({
      ...{ user: "alice", service: server.service, clock, privacy: "insecure-plaintext" },
    }).online();
    const told = () => client.all<SessionNews & { kind: "offline" }>("offline");
    assert.doesNotMatch(server.said, question);
    clock.advance(LIMITS.quietMs);
    await inTime("the first answer", answered.promise);
    // Time goes on in small steps: an answer counts as soon as it is there.
    await eventually("it is asked again", () => {
      clock.advance(1_000);
      return server.said.split(question).length > 2;
    });
    assert.deepEqual(told(), [], "a server that answers is there");
    clock.advance(LIMITS.ackMs);
    const { error } = await client.heard<SessionNews & { kind: "offline" }>("offline");
    assert.ok(error instanceof XmppError && error.code === "xmpp/timeout", String(error));
    await eventually("it is there again", () => {
      clock.advance(100);
      return client.told.at(-1)?.kind === "online";
    });
  });
}

test("who only listens says a space now and then, so that nothing on the way forgets them", async () => {
  const clock = new ManualClock();
  const here = Promise.withResolvers<Peer>();
  await using server = new ScriptedServer(async (peer) => {
    await peer.letsIn();
    here.resolve(peer);
    await peer.hears(/ $/);
    await peer.left();
  });
  await using client = await new XmppClient({
    ...{ user: "alice", service: server.service, clock, privacy: "insecure-plaintext" },
    features: [messages],
  }).online();
  const peer = await inTime("the login", here.promise);
  for (let said = 1; !server.said.endsWith(" "); said++) {
    assert.ok(said < 100, "no space ever came");
    await peer.say(`<message from='bob@localhost/x' id='${said}'><body>hi</body></message>`);
    await eventually("it is heard", () => client.all("message").length === said);
    clock.advance(LIMITS.quietMs / 4);
  }
  assert.doesNotMatch(server.said, /urn:xmpp:ping/, "a server that speaks is not asked");
  assert.equal(client.all("offline").length, 0);
});
