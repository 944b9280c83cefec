/** Where a session connects to: records, their order, the domain itself, WebSockets, addresses. */
import assert from "node:assert/strict";
import { systemClock } from "../../../../src/clock.ts";
import { webSocketTargets } from "../../../../src/transports/xmpp/dial/host_meta.ts";
import {
  type ServiceRecord,
  serviceTargets,
} from "../../../../src/transports/xmpp/dial/service_records.ts";
import { parseTarget, tcpTarget } from "../../../../src/transports/xmpp/dial/target.ts";
import { XmppError } from "../../../../src/transports/xmpp/errors.ts";
import { test } from "../../../harness/test.ts";

const signal = new AbortController().signal;
type Records = Readonly<Record<string, readonly ServiceRecord[]>>;

async function targetsOf(records: Records, random = () => 0): Promise<string[]> {
  const resolve = (name: string): Promise<readonly ServiceRecord[]> => {
    const found = records[name];
    return found === undefined ? Promise.reject(new Error("no such name")) : Promise.resolve(found);
  };
  const lookup = { resolve, random, clock: systemClock };
  const targets = await serviceTargets("example.org", lookup, signal);
  return targets.map(({ service }) => service);
}

const DIRECT = "_xmpps-client._tcp.example.org.";
const STARTTLS = "_xmpp-client._tcp.example.org.";
const record = (target: string, priority = 0, weight = 0, port = 5222): ServiceRecord => ({
  target,
  priority,
  weight,
  port,
});

const CASES: readonly {
  readonly records: Records;
  readonly gives: readonly string[];
  readonly why: string;
}[] = [
  { records: {}, gives: ["xmpp://example.org:5222"], why: "no records: the domain itself" },
  {
    records: { [STARTTLS]: [record("b.", 10), record("a.", 5)] },
    gives: ["xmpp://a:5222", "xmpp://b:5222"],
    why: "by priority",
  },
  {
    records: { [STARTTLS]: [record("a.", 5)], [DIRECT]: [record("b.", 1, 0, 443)] },
    gives: ["xmpps://b:443", "xmpp://a:5222"],
    why: "both kinds are one list",
  },
  { records: { [STARTTLS]: [record(".")] }, gives: [], why: "the domain says that it has none" },
  {
    records: { [STARTTLS]: [record("a.")], [DIRECT]: [record(".")] },
    gives: ["xmpp://a:5222"],
    why: "no direct TLS, but STARTTLS",
  },
];

for (const { records, gives, why } of CASES) {
  test(`targets of a domain: ${why}`, async () => {
    assert.deepEqual(await targetsOf(records), gives);
  });
}

test("among equals the weight decides how often", async () => {
  const records = { [STARTTLS]: [record("rare.", 0, 1), record("often.", 0, 9)] };
  const first: string[] = [];
  for (let at = 0.5; at < 100; at++) {
    first.push((await targetsOf(records, () => at / 100))[0] ?? "");
  }
  const often = first.filter((service) => service.includes("often")).length;
  assert.ok(often > 75 && often < 95, `${often} of 100`);
});

test("every record is tried, and not more than a few", async () => {
  const many = Array.from({ length: 50 }, (_, index) => record(`h${index}.`, 0, index));
  const targets = await targetsOf({ [STARTTLS]: many }, Math.random);
  assert.equal(targets.length, 16);
  assert.equal(new Set(targets).size, 16);
});

const META: readonly { readonly body: string; readonly gives: string[]; readonly why: string }[] = [
  {
    body: '{"links":[{"rel":"urn:xmpp:alt-connections:websocket","href":"wss://example.org/ws"}]}',
    gives: ["wss://example.org/ws"],
    why: "as it should be",
  },
  {
    body: '{"links":[{"rel":"urn:xmpp:alt-connections:websocket","href":"ws://example.org/ws"}]}',
    gives: [],
    why: "not encrypted",
  },
  {
    body: '{"links":[{"rel":"urn:xmpp:alt-connections:xbosh","href":"https://example.org/b"}]}',
    gives: [],
    why: "something else",
  },
  { body: "<html>", gives: [], why: "not JSON" },
  { body: '{"links":7}', gives: [], why: "no list" },
  { body: '{"links":[null,1,{"rel":1}]}', gives: [], why: "a list of anything" },
  { body: `{"links":[${" ".repeat(200_000)}]}`, gives: [], why: "too long" },
  { body: "[".repeat(1_000) + "]".repeat(1_000), gives: [], why: "too deep" },
];

for (const { body, gives, why } of META) {
  test(`WebSockets of a domain: ${why}`, async () => {
    const fetch = (url: string): Promise<Response> => {
      assert.equal(url, "https://example.org/.well-known/host-meta.json");
      return Promise.resolve(new Response(body));
    };
    const targets = await webSocketTargets("example.org", fetch, signal);
    assert.deepEqual(targets.map(({ service }) => service), gives);
  });
}

const ADDRESSES: readonly { readonly text: string; readonly gives: string }[] = [
  { text: "xmpp://192.0.2.1", gives: "xmpp://192.0.2.1:5222" },
  { text: "xmpps://chat.example.org", gives: "xmpps://chat.example.org:5223" },
  { text: "xmpps://[2001:db8::1]:443", gives: "xmpps://[2001:db8::1]:443" },
  { text: "wss://example.org/xmpp-websocket", gives: "wss://example.org/xmpp-websocket" },
];

for (const { text, gives } of ADDRESSES) {
  test(`the address ${text} is ${gives}`, () => assert.equal(parseTarget(text).service, gives));
}

for (
  const text of [
    "",
    "example.org:5222",
    "http://example.org",
    "xmpp://a/b",
    "xmpp://u:p@h",
    "wss://",
  ]
) {
  test(`the address ${JSON.stringify(text)} is none`, () => {
    assert.throws(() => parseTarget(text), XmppError);
  });
}

test("IPv6 addresses get their brackets", () => {
  assert.equal(tcpTarget("direct", "::1", 5223).service, "xmpps://[::1]:5223");
});
