/** Where a session connects to, by what a real name server says over UDP and TCP. */
import assert from "node:assert/strict";
import { systemClock } from "../../../../src/clock.ts";
import {
  type ResolveServices,
  serviceTargets,
} from "../../../../src/transports/xmpp/dial/service_records.ts";
import { LIMITS } from "../../../../src/transports/xmpp/limits.ts";
import { XmppSession } from "../../../../src/transports/xmpp/session/session.ts";
import { type Answering, NameServer, type Said } from "../../../harness/dns/name_server.ts";
import { cname, nameBytes, srv } from "../../../harness/dns/wire.ts";
import { eventually, inTime } from "../../../harness/eventually.ts";
import { freePort } from "../../../harness/free_ports.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import { ScriptedServer } from "../scripted_server.ts";

const NOTHING = { code: 3 };
const DOMAIN = ["xmpp://example.test:5222"];

/** What the zone has by the kind of service; a function tells how the question came. */
interface Zone {
  readonly direct?: Said | Answering;
  readonly starttls?: Said | Answering;
  /** Any other name. */
  readonly other?: Answering;
}

function answering({ direct, starttls, other }: Zone): Answering {
  return (question, over) => {
    const known = question.name === "_xmpps-client._tcp.example.test"
      ? direct ?? NOTHING
      : question.name === "_xmpp-client._tcp.example.test"
      ? starttls ?? NOTHING
      : other ?? NOTHING;
    return typeof known === "function" ? known(question, over) : known;
  };
}

async function targetsOf(server: NameServer, random = () => 0): Promise<string[]> {
  const lookup = { resolve: server.resolve, clock: systemClock, random };
  const { signal } = new AbortController();
  const looking = serviceTargets("example.test", lookup, signal);
  return (await inTime("the look-up", looking)).map(({ service }) => service);
}

const SILENT: Answering = () => undefined;
const many = Array.from({ length: 2_400 }, (_, index) => srv(`h${index % 1_000}`, { weight: 1 }));

const CASES: readonly {
  readonly why: string;
  readonly zone: Zone;
  readonly gives: readonly string[];
}[] = [
  {
    why: "by priority, not in the order of the answer",
    zone: { starttls: { records: [srv("late", { priority: 20 }), srv("early", { priority: 5 })] } },
    gives: ["xmpp://early:5222", "xmpp://late:5222"],
  },
  {
    why: "both kinds are one list, with ports of their own",
    zone: {
      direct: {
        records: [
          srv("b.example.test", { priority: 10, port: 443 }),
          srv("d", { priority: 30, port: 5223 }),
        ],
      },
      starttls: { records: [srv("c", { priority: 20 }), srv("a", { priority: 5, port: 5269 })] },
    },
    gives: ["xmpp://a:5269", "xmpps://b.example.test:443", "xmpp://c:5222", "xmpps://d:5223"],
  },
  {
    why: "direct TLS alone",
    zone: { direct: { records: [srv("a", { port: 443 })] } },
    gives: ["xmpps://a:443"],
  },
  { why: "no such name", zone: {}, gives: DOMAIN },
  { why: "the name is there without records", zone: { direct: {}, starttls: {} }, gives: DOMAIN },
  {
    why: "the server cannot say",
    zone: { direct: { code: 2 }, starttls: { code: 2 } },
    gives: DOMAIN,
  },
  {
    why: "the server refuses one kind and has the other",
    zone: { direct: { code: 5 }, starttls: { records: [srv("a")] } },
    gives: ["xmpp://a:5222"],
  },
  {
    why: "decidedly neither kind",
    zone: { direct: { records: [srv(".")] }, starttls: { records: [srv(".")] } },
    gives: [],
  },
  { why: "decidedly no STARTTLS", zone: { starttls: { records: [srv(".")] } }, gives: [] },
  {
    why: "decidedly no direct TLS says nothing about STARTTLS",
    zone: { direct: { records: [srv(".")] } },
    gives: DOMAIN,
  },
  {
    why: "no STARTTLS, but direct TLS",
    zone: {
      direct: { records: [srv("a", { port: 443 })] },
      starttls: { records: [srv(".")] },
    },
    gives: ["xmpps://a:443"],
  },
  {
    why: "an alias with its records in the same answer",
    zone: {
      starttls: {
        records: [
          cname("_xmpp-client._tcp.hosting.test"),
          srv("a", { of: "_xmpp-client._tcp.hosting.test" }),
        ],
      },
      other: ({ name }) =>
        name === "_xmpp-client._tcp.hosting.test" ? { records: [srv("a")] } : NOTHING,
    },
    gives: ["xmpp://a:5222"],
  },
  {
    why: "an alias whose records have to be asked for",
    zone: {
      starttls: { records: [cname("_xmpp-client._tcp.hosting.test")] },
      other: ({ name }) =>
        name === "_xmpp-client._tcp.hosting.test" ? { records: [srv("a")] } : NOTHING,
    },
    gives: ["xmpp://a:5222"],
  },
  {
    why: "aliases that lead to each other",
    zone: {
      starttls: { records: [cname("loop.test")] },
      other: ({ name }) => ({
        records: [cname(name === "loop.test" ? "pool.test" : "loop.test")],
      }),
    },
    gives: DOMAIN,
  },
  {
    why: "an answer that is cut off comes whole over TCP",
    zone: {
      starttls: (_, over) =>
        over === "udp" ? { isCut: true } : { records: [srv("a"), srv("b", { priority: 1 })] },
    },
    gives: ["xmpp://a:5222", "xmpp://b:5222"],
  },
  {
    why: "targets that are no names of hosts",
    zone: {
      starttls: {
        records: [
          srv("evil/..\\.example"),
          srv("user@evil"),
          srv("a b"),
          srv("a\u001b[2J"),
          srv("-a"),
          srv("a#"),
          srv("\u0430.example"),
          srv("fine", { port: 0 }),
          srv("fine", { port: 5222, priority: 9 }),
        ],
      },
    },
    gives: ["xmpp://fine:5222"],
  },
  {
    why: "nothing but targets that are no names of hosts",
    zone: { starttls: { records: [srv("a b"), srv("fine", { port: 0 })] } },
    gives: DOMAIN,
  },
  {
    why: "records of another name",
    zone: { starttls: { records: [srv("evil", { of: "_xmpp-client._tcp.evil.test" })] } },
    gives: DOMAIN,
  },
];

for (const { why, zone, gives } of CASES) {
  test(`by a name server: ${why}`, async () => {
    await using server = await NameServer.start(answering(zone));
    assert.deepEqual(await targetsOf(server), gives);
  });
}

test("by a name server: the weight decides how often one is first", async () => {
  const records = [srv("rare", { weight: 10 }), srv("often", { weight: 90 })];
  await using server = await NameServer.start(answering({ starttls: { records } }));
  let often = 0;
  for (let at = 0.5; at < 50; at++) {
    const [first] = await targetsOf(server, () => at / 50);
    if (first === "xmpp://often:5222") often += 1;
  }
  assert.ok(often > 40 && often < 50, `${often} of 50`);
});

test("by a name server: thousands of records are a few targets", async () => {
  await using server = await NameServer.start(answering({
    starttls: (_, over) => over === "udp" ? { isCut: true } : { records: many },
  }));
  const targets = await targetsOf(server, Math.random);
  assert.equal(targets.length, 16);
  assert.equal(new Set(targets).size, 16);
});

const FORGED: readonly { readonly why: string; readonly said: Answering }[] = [
  {
    why: "has another id",
    said: ({ id, bytes }) => reply(id ^ 1, bytes),
  },
  {
    why: "answers another question",
    said: ({ id }) => reply(id, new Uint8Array([...nameBytes("evil.test"), 0, 33, 0, 1])),
  },
  {
    why: "points into itself for ever",
    said: ({ bytes }) => ({ records: [srv(new Uint8Array([0xc0, 12 + bytes.length + 12 + 6]))] }),
  },
  { why: "is no answer at all", said: () => new Uint8Array(40).fill(0xff) },
  { why: "is empty", said: () => new Uint8Array(0) },
];

for (const { why, said } of FORGED) {
  test(`by a name server: nothing is taken from what ${why}`, async () => {
    await using server = await NameServer.start(answering({ starttls: said, direct: said }));
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const lookup = { resolve: server.resolve, clock, random: () => 0 };
    const looking = serviceTargets("example.test", lookup, signal);
    await eventually("both kinds are asked for", () => server.asked.length >= 2);
    clock.advance(LIMITS.lookupMs);
    const targets = await inTime("the look-up", looking);
    assert.deepEqual(targets.map(({ service }) => service), DOMAIN);
  });
}

test("by a name server: who is silent about one kind does not keep the other back", async () => {
  await using server = await NameServer.start(answering({
    direct: SILENT,
    starttls: { records: [srv("a")] },
  }));
  const clock = new ManualClock();
  const { signal } = new AbortController();
  const answered = Promise.withResolvers<void>();
  const resolve: ResolveServices = async (name, limit) => {
    const records = await server.resolve(name, limit);
    answered.resolve();
    return records;
  };
  const looking = serviceTargets("example.test", { resolve, clock, random: () => 0 }, signal);
  await inTime("one kind is answered", answered.promise);
  clock.advance(LIMITS.lookupMs);
  assert.deepEqual((await inTime("the look-up", looking)).map(({ service }) => service), [
    "xmpp://a:5222",
  ]);
  assert.equal(clock.pending, 0);
});

test("by a name server: a look-up ends with who wanted it", async () => {
  await using server = await NameServer.start(answering({ direct: SILENT, starttls: SILENT }));
  const stop = new AbortController();
  const lookup = { resolve: server.resolve, clock: new ManualClock(), random: () => 0 };
  const looking = serviceTargets("example.test", lookup, stop.signal);
  await eventually("both kinds are asked for", () => server.asked.length >= 2);
  stop.abort(new Error("enough"));
  await assert.rejects(inTime("the look-up", looking), /enough/);
});

test("by a name server: names are asked for as they are, whatever a network adds", async () => {
  const asked: string[] = [];
  const resolve = (name: string): Promise<never> => {
    asked.push(name);
    return Promise.reject(new Error("no such name"));
  };
  const { signal } = new AbortController();
  await serviceTargets("example.test", { resolve, clock: systemClock, random: () => 0 }, signal);
  assert.deepEqual(asked.sort(), [
    "_xmpp-client._tcp.example.test.",
    "_xmpps-client._tcp.example.test.",
  ]);
});

test("a session comes in where a name server says, past a host that is not there", async () => {
  await using xmpp = new ScriptedServer(async (peer) => {
    await peer.letsIn();
    await peer.left();
  });
  const port = Number(new URL(xmpp.service).port);
  await using server = await NameServer.start(answering({
    direct: { records: [srv(".")] },
    starttls: {
      records: [srv("localhost", { priority: 2, port }), srv("localhost", { port: freePort() })],
    },
  }));
  const online = Promise.withResolvers<void>();
  await using session = new XmppSession({
    domain: "example.test",
    credentials: { kind: "password", username: "alice", password: "alice-pw" },
    privacy: "insecure-plaintext",
    software: "chatnode/test",
    resolve: server.resolve,
    fetch: () => Promise.reject(new Error("tests do not fetch")),
    clock: systemClock,
    random: Math.random,
    uuid: () => crypto.randomUUID(),
  }, ({ kind }) => {
    if (kind === "online") online.resolve();
    if (kind === "ended") online.reject(session.failure ?? new Error("it has ended"));
  });
  session.start();
  await inTime("the session is there", online.promise);
  assert.equal(session.jid?.full, "alice@localhost/x");
});

function reply(id: number, question: Uint8Array): Uint8Array {
  const header = [id >> 8, id & 0xff, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0];
  const { data } = srv("evil");
  const record = [0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, data.length, ...data];
  return new Uint8Array([...header, ...question, ...record]);
}
