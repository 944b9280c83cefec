/** Servers that lie, break, flood and fall silent: none gets a password, none ends the process. */
import assert from "node:assert/strict";
import { XmppError } from "../../../../src/transports/xmpp/errors.ts";
import { FEATURES } from "../../../../src/transports/xmpp/features/all.ts";
import { messages } from "../../../../src/transports/xmpp/features/messages.ts";
import { ping } from "../../../../src/transports/xmpp/features/ping.ts";
import { roster } from "../../../../src/transports/xmpp/features/roster.ts";
import { LIMITS } from "../../../../src/transports/xmpp/limits.ts";
import type { SessionNews } from "../../../../src/transports/xmpp/session/session.ts";
import { xml } from "../../../../src/transports/xmpp/xml.ts";
import { eventually, inTime } from "../../../harness/eventually.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import { XmppClient, type XmppClientOptions } from "../../../harness/xmpp_client.ts";
import { mechanisms, type Peer, scram, ScriptedServer, SM } from "../scripted_server.ts";

type Script = (peer: Peer, number: number) => Promise<void>;

const PASSWORD = "alice-pw";
const STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

/** A client that would talk in the clear: what is tested here comes before or after TLS. */
function clientOf(server: ScriptedServer, given: Partial<XmppClientOptions> = {}): XmppClient {
  return new XmppClient({
    user: "alice",
    service: server.service,
    privacy: "insecure-plaintext",
    ...given,
  });
}

/** The session never comes to be; gives why. */
async function refuses(script: Script, given: Partial<XmppClientOptions> = {}): Promise<{
  readonly code: string;
  readonly said: string;
}> {
  await using server = new ScriptedServer(script);
  await using client = clientOf(server, given);
  const error = await client.failure();
  assert.ok(error instanceof XmppError, String(error));
  assert.equal(client.all("online").length, 0);
  assert.ok(!server.said.includes(btoa(`\0alice\0${PASSWORD}`)), "the password was said");
  return { code: error.code, said: server.said };
}

const LOGINS: readonly {
  readonly why: string;
  readonly script: Script;
  readonly given?: Partial<XmppClientOptions>;
  readonly code: string;
}[] = [
  {
    why: "TLS was taken out",
    script: (peer) => peer.opens(mechanisms("PLAIN", "SCRAM-SHA-1")).then(() => peer.left()),
    given: { privacy: "encrypted" },
    code: "xmpp/insecure",
  },
  {
    why: "TLS is refused after it was offered",
    script: async (peer) => {
      await peer.opens(STARTTLS);
      await peer.hears(/<starttls/);
      await peer.say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
      await peer.left();
    },
    given: { privacy: "encrypted" },
    code: "xmpp/insecure",
  },
  {
    why: "something was put in before TLS",
    script: async (peer) => {
      await peer.opens(STARTTLS);
      await peer.hears(/<starttls/);
      await peer.say(
        "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message><body>hi</body></message>",
      );
      await peer.left();
    },
    given: { privacy: "encrypted" },
    code: "xmpp/protocol",
  },
  {
    why: "SCRAM without the server's proof",
    script: async (peer) => {
      await peer.opens(mechanisms("SCRAM-SHA-1"));
      await scram(peer, { proof: "none" });
      await peer.left();
    },
    code: "xmpp/server-proof",
  },
  {
    why: "SCRAM with a wrong proof",
    script: async (peer) => {
      await peer.opens(mechanisms("SCRAM-SHA-1"));
      await scram(peer, { proof: "wrong" });
      await peer.left();
    },
    code: "xmpp/server-proof",
  },
  {
    why: "SCRAM with one iteration",
    script: async (peer) => {
      await peer.opens(mechanisms("SCRAM-SHA-1"));
      await scram(peer, { iterations: 1 });
    },
    code: "xmpp/server-proof",
  },
  {
    why: "SCRAM with a part of our nonce",
    script: async (peer) => {
      await peer.opens(mechanisms("SCRAM-SHA-1"));
      await scram(peer, { nonce: (own) => own.slice(0, 4) });
    },
    code: "xmpp/server-proof",
  },
  {
    why: "success without a login",
    script: async (peer) => {
      await peer.opens(mechanisms("SCRAM-SHA-1"));
      await peer.hears(/<auth /);
      await peer.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
      await peer.left();
    },
    code: "xmpp/server-proof",
  },
  {
    why: "stanzas before the login",
    script: async (peer) => {
      await peer.opens(mechanisms("SCRAM-SHA-1"));
      await peer.hears(/<auth /);
      await peer.say("<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>");
      await peer.left();
    },
    code: "xmpp/protocol",
  },
  {
    why: "a flood before the login",
    script: async (peer) => {
      await peer.opens(mechanisms("SCRAM-SHA-1"));
      await peer.hears(/<auth /);
      await peer.say("<a/>".repeat(10_000));
      await peer.left();
    },
    code: "xmpp/protocol",
  },
  {
    why: "an answer that is no XML",
    script: async (peer) => {
      await peer.hears(/<stream:stream[^>]*>/);
      await peer.say("HTTP/1.1 400 Bad Request\r\n\r\n");
      await peer.left();
    },
    code: "xmpp/protocol",
  },
];

for (const { why, script, given = {}, code } of LOGINS) {
  test(`no login: ${why}`, async () => {
    assert.equal((await refuses(script, given)).code, code);
  });
}

test("nobody is followed to where an unencrypted stream sends us", async () => {
  await using elsewhere = new ScriptedServer((peer) => peer.left());
  const host = elsewhere.service.replace("xmpp://", "");
  const { code } = await refuses(async (peer) => {
    await peer.hears(/<stream:stream[^>]*>/);
    await peer.say(
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" +
        "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" +
        `${host}</see-other-host></stream:error></stream:stream>`,
    );
    await peer.left();
  });
  assert.equal(code, "xmpp/stream");
  // Whoever was on the way there would have come before this one.
  const [hostname = "", port] = host.split(":");
  using last = await Deno.connect({ hostname, port: Number(port) });
  const ports = await eventually(
    "somebody comes",
    () => elsewhere.ports.length > 0 && elsewhere.ports,
  );
  assert.deepEqual(ports, [(last.localAddr as Deno.NetAddr).port]);
});

test("who has proved itself once is not believed when it only wants the password", async () => {
  await using server = new ScriptedServer(async (peer, number) => {
    if (number > 0) {
      await peer.opens(mechanisms("PLAIN"));
      return await peer.left();
    }
    await peer.opens(mechanisms("SCRAM-SHA-1"));
    await scram(peer);
    await peer.opens("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>");
    await peer.binds();
    peer.close();
  });
  await using client = clientOf(server);
  await client.heard<SessionNews & { kind: "offline" }>(
    "offline",
    ({ error }) => error instanceof XmppError && error.code === "xmpp/server-proof",
  );
  assert.ok(!server.said.includes(btoa(`\0alice\0${PASSWORD}`)));
});

const SILENCES: readonly { readonly after: string; readonly script: Script }[] = [
  { after: "the connection", script: (peer) => peer.hears(/<stream:stream/).then() },
  { after: "the offers", script: (peer) => peer.opens(mechanisms("PLAIN")) },
  {
    after: "the login",
    script: async (peer) => {
      await peer.opens(mechanisms("PLAIN"));
      await peer.hears(/<auth /);
      await peer.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
      await peer.hears(/<stream:stream/);
    },
  },
  { after: "the resource", script: (peer) => peer.letsIn(SM).then() },
];

for (const { after, script } of SILENCES) {
  test(`a server that falls silent after ${after} is given up`, async () => {
    const clock = new ManualClock();
    const silent = Promise.withResolvers<void>();
    await using server = new ScriptedServer(async (peer) => {
      await script(peer, 0);
      silent.resolve();
      await peer.left();
    });
    await using client = clientOf(server, { clock });
    await inTime("the silence", silent.promise);
    // Time passes until nothing of the negotiation is left that could wait.
    const error = await eventually("it is given up", () => {
      clock.advance(LIMITS.negotiationMs);
      return client.all<SessionNews & { kind: "ended" }>("ended")[0]?.error;
    });
    assert.ok(error instanceof XmppError && error.code === "xmpp/timeout", String(error));
  });
}

const BREAKS: readonly { readonly why: string; readonly what: string | Uint8Array }[] = [
  { why: "ten megabytes in one stanza", what: `<message><body>${"x".repeat(10_000_000)}` },
  { why: "a depth of ten thousand", what: "<a>".repeat(10_000) },
  { why: "a document type", what: "<!DOCTYPE a [<!ENTITY b 'bb'>]><message/>" },
  { why: "an unknown entity", what: "<message><body>&b;</body></message>" },
  { why: "tags that do not match", what: "<message><body></message></body>" },
  {
    why: "UTF-8 that is none",
    what: new Uint8Array([...new TextEncoder().encode("<message><body>"), 0xc3, 0x28]),
  },
  { why: "an acknowledgement of what was never sent", what: "<a xmlns='urn:xmpp:sm:3' h='99'/>" },
  { why: "an acknowledgement that is no number", what: "<a xmlns='urn:xmpp:sm:3' h='-1'/>" },
];

for (const { why, what } of BREAKS) {
  test(`after the login a connection is given up, and the session comes back: ${why}`, async () => {
    await using server = new ScriptedServer(async (peer, number) => {
      await peer.letsIn(SM);
      await peer.hears(/<enable [^>]*>/);
      await peer.say("<enabled xmlns='urn:xmpp:sm:3'/>");
      if (number === 0) await peer.say(what);
      await peer.left();
    });
    await using client = clientOf(server);
    const { error } = await client.heard<SessionNews & { kind: "offline" }>("offline");
    assert.ok(error instanceof XmppError && error.code === "xmpp/protocol", String(error));
    assert.ok(!error.message.includes("xxx"), "what it sent is in no error");
    await eventually("it is there again", () => client.told.at(-1)?.kind === "online");
  });
}

/** A server that lets alice in and then says `then`. */
function afterLogin(then: (peer: Peer) => Promise<void>): Script {
  return async (peer) => {
    await peer.letsIn();
    await then(peer);
    await peer.left();
  };
}

test("characters that lie across packets arrive whole", async () => {
  const body = "caf\u00e9 \u65e5\u672c \u{1f600}";
  const bytes = new TextEncoder().encode(
    `<message from='bob@localhost/x' type='chat'><body>${body}</body></message>`,
  );
  await using server = new ScriptedServer(afterLogin(async (peer) => {
    for (const byte of bytes) await peer.say(new Uint8Array([byte]));
  }));
  const heard: string[] = [];
  await using client = clientOf(server, { features: FEATURES });
  client.session.use(messages).listen(({ body }) => void heard.push(body ?? ""));
  await eventually("the message", () => heard.length === 1);
  assert.deepEqual(heard, [body]);
});

test("nothing counts that comes from somebody who may not say it", async () => {
  const forward = (from: string, to: string): string =>
    `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' id='f' ` +
    `from='${from}' to='${to}'><body>forged</body></message></forwarded>`;
  const carbon = (outer: string, kind: string, from: string, to: string): string =>
    `<message from='${outer}' to='alice@localhost/x'><${kind} xmlns='urn:xmpp:carbons:2'>` +
    `${forward(from, to)}</${kind}></message>`;
  const push = (from: string): string =>
    `<iq type='set' id='push' from='${from}'><query xmlns='jabber:iq:roster'>` +
    "<item jid='evil@localhost' subscription='both'/></query></iq>";
  const forged = [
    carbon("mallory@localhost", "received", "bob@localhost/x", "alice@localhost/x"),
    carbon("mallory@localhost/x", "sent", "alice@localhost/y", "bob@localhost"),
    carbon("alice@localhost.example", "sent", "alice@localhost/y", "bob@localhost"),
    // From the own account, but about somebody else.
    carbon("alice@localhost", "sent", "mallory@localhost/x", "bob@localhost"),
    carbon("alice@localhost", "received", "bob@localhost/x", "mallory@localhost"),
    push("mallory@localhost/x"),
    push("localhost"),
    // Receipts and markers for messages that were never theirs.
    "<message from='mallory@localhost/x' type='chat'><received xmlns='urn:xmpp:receipts' " +
    "id='never'/></message>",
    "<message from='mallory@localhost/x' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' " +
    "id='never'/></message>",
  ];
  await using server = new ScriptedServer(afterLogin(async (peer) => {
    await peer.hears(/<query[^>]*jabber:iq:roster/);
    for (const stanza of forged) await peer.say(stanza);
    await peer.say("<message from='bob@localhost/x' type='chat'><body>real</body></message>");
  }));
  await using client = clientOf(server, { features: FEATURES });
  await client.heard("message");
  const told = client.told.filter(({ kind }) => ["message", "receipt", "roster"].includes(kind));
  assert.deepEqual(told.map(({ kind }) => kind), ["message"]);
  assert.equal(client.session.use(roster).contacts.size, 0);
});

test("an answer of a stranger is none, whatever its id", async () => {
  await using server = new ScriptedServer(afterLogin(async (peer) => {
    const [, id] = await peer.hears(/<iq type="get" id="([^"]+)" to="bob@localhost\/x"/);
    const answer = (from: string, text: string): string =>
      `<iq type='result' id='${id}'${from}><query xmlns='jabber:iq:version'>` +
      `<name>${text}</name></query></iq>`;
    await peer.say(answer(" from='mallory@localhost/x'", "forged"));
    await peer.say(answer(" from='bob@localhost'", "forged"));
    await peer.say(answer("", "forged"));
    await peer.say(answer(" from='bob@localhost/x'", "real"));
  }));
  await using client = await clientOf(server).online();
  const answer = await client.session.request("get", xml("query", "jabber:iq:version"), {
    to: "bob@localhost/x",
  });
  assert.equal(answer.getChild("query")?.getChildText("name"), "real");
});

test("requests that nobody answers end, and so do those of a broken connection", async () => {
  const clock = new ManualClock();
  const asked = /<query xmlns="x:nobody"/;
  await using server = new ScriptedServer(async (peer) => {
    await peer.letsIn();
    await peer.hears(asked);
    await peer.hears(asked);
    peer.close();
  });
  await using client = await clientOf(server, { clock }).online();
  const ask = (): Promise<unknown> =>
    client.session.request("get", xml("query", "x:nobody"), { timeoutMs: 5_000 });
  const late = assert.rejects(ask(), /it takes too long/);
  await eventually("it was asked", () => asked.test(server.said));
  clock.advance(5_000);
  await late;
  await assert.rejects(ask(), /connection was lost/);
});

test("without stream management the answer to a ping acknowledges", async () => {
  const texts: string[] = [];
  await using server = new ScriptedServer(async (peer, number) => {
    await peer.letsIn();
    const [, text = ""] = await peer.hears(/<body>([^<]*)<\/body>/);
    texts.push(text);
    // The first time nobody knows whether it was taken.
    if (number === 0) return peer.close();
    const [, id] = await peer.hears(/<iq type="get" id="([^"]+)"><ping/);
    await peer.say(`<iq type='error' id='${id}'><error type='cancel'/></iq>`);
    await peer.left();
  });
  await using client = await clientOf(server).online();
  const message = xml("message", { to: "bob@localhost" }, xml("body", null, "hello"));
  await inTime("the message is there", client.session.send(message));
  assert.deepEqual(texts, ["hello", "hello"]);
  const ids = [...server.said.matchAll(/<message to="bob@localhost" id="([^"]+)"/g)];
  assert.equal(new Set(ids.map(([, id]) => id)).size, 1, "with the same id");
});

test("the outbox is bounded, and what waits is rejected when the session ends", async () => {
  await using server = new ScriptedServer((peer) => peer.left());
  await using client = clientOf(server);
  const sent = Array.from({ length: LIMITS.outbox }, () => {
    const one = client.session.send(xml("message", { to: "bob@localhost" }));
    return one.then(() => "sent", (error: XmppError) => error.code);
  });
  await assert.rejects(client.session.send(xml("message")), /messages wait to be sent/);
  assert.equal(client.session.unsent, LIMITS.outbox);
  await client.session.close();
  assert.deepEqual([...new Set(await Promise.all(sent))], ["xmpp/closed"]);
  assert.equal(client.session.unsent, 0);
});

test("requests are answered once each, strangers' too, and unknown ones with an error", async () => {
  await using server = new ScriptedServer(afterLogin(async (peer) => {
    await peer.say(
      "<iq type='get' id='1' from='bob@localhost/x'><ping xmlns='urn:xmpp:ping'/></iq>" +
        "<iq type='get' id='2' from='bob@localhost/x'><nothing xmlns='x:y'/></iq>" +
        "<iq type='get' id='3' from='bob@localhost/x'/>",
    );
  }));
  await using client = await clientOf(server, { features: [ping] }).online();
  await eventually("all answers", () =>
    (server.said.match(/<iq type="(?:result|error)"/g) ?? [])
      .length === 3);
  assert.match(server.said, /<iq type="result" id="1" to="bob@localhost\/x"\/>/);
  assert.match(
    server.said,
    /<iq type="error" id="2"[^>]*><error type="cancel"><service-unavailable/,
  );
  assert.match(server.said, /<iq type="error" id="3"[^>]*><error type="modify"><bad-request/);
  assert.equal(client.session.isOnline, true);
});
