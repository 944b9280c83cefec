/** Live notices through a real broker. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { connect } from "mqtt";
import { systemClock } from "../../../src/clock.ts";
import { brokerAddress, mqttNotices } from "../../../src/transports/bucket/notices/mqtt.ts";
import { decodeNotice, topicOf } from "../../../src/transports/bucket/notices/notice.ts";
import { Notices } from "../../../src/transports/bucket/notices/notices.ts";
import { FIRST_CERTIFICATE, SECOND_CERTIFICATE } from "../../harness/certificates.ts";
import { eventually } from "../../harness/eventually.ts";
import { startServer } from "../../harness/server_process.ts";
import { test } from "../../harness/test.ts";
import { TempFolder } from "../../history/temp_folder.ts";
import { V1Client } from "../../process/v1_client.ts";
import { Broker, PASSWORD, USER } from "./broker.ts";

const TOPIC = "chatnode/test";

/** Notices of one device, and how often they woke it. */
function listen(broker: Broker, device: string) {
  const woken = { count: 0 };
  const notices = new Notices({
    connect: mqttNotices({
      address: new URL(`mqtt://127.0.0.1:${broker.port}`),
      user: USER,
      password: PASSWORD,
      authorities: undefined,
      topic: TOPIC,
      clock: systemClock,
    }),
    device: () => device,
    wake: () => void woken.count++,
    clock: systemClock,
    random: () => 0,
  });
  return { notices, woken };
}

const ONE = "aaaaaaaaaaaaaaaa";
const OTHER = "bbbbbbbbbbbbbbbb";

test("a head that was published wakes the others, not oneself", async () => {
  await using broker = await Broker.start();
  const one = listen(broker, ONE);
  const other = listen(broker, OTHER);
  try {
    const both = () => one.notices.isConnected && other.notices.isConnected;
    await eventually("both listen", both);
    const before = one.woken.count;
    one.notices.announce(7);
    await eventually("the other hears", () => other.notices.received === 1);
    assert.equal(one.notices.received, 0);
    assert.equal(one.woken.count, before);
    assert.equal(other.woken.count, 2);
  } finally {
    await one.notices.close();
    await other.notices.close();
  }
});

/** One connection, for what it is refused for. */
function connectOnce(broker: Broker, scheme: string, password: string, authorities?: string) {
  const address = new URL(`${scheme}://127.0.0.1:${broker.port}`);
  const options = { address, user: USER, password, authorities, topic: TOPIC, clock: systemClock };
  return mqttNotices(options)(() => {}, new AbortController().signal);
}

test("over TLS the broker's certificate is checked", async () => {
  await using broker = await Broker.start(FIRST_CERTIFICATE);
  const trusted = await connectOnce(broker, "mqtts", PASSWORD, FIRST_CERTIFICATE.cert);
  trusted.close();
  await trusted.gone;
  for (const authorities of [SECOND_CERTIFICATE.cert, undefined]) {
    await assert.rejects(connectOnce(broker, "mqtts", PASSWORD, authorities), {
      code: "sync/notices",
    });
  }
});

test("a wrong password and a broker that is not there are named, without the password", async () => {
  await using broker = await Broker.start();
  await assert.rejects(connectOnce(broker, "mqtt", "a wrong one"), /Not authorized/);
  await broker.stop();
  await assert.rejects(connectOnce(broker, "mqtt", PASSWORD), /ECONNREFUSED/);
});

test("a broker that comes back is found again, and what was missed is looked for", async () => {
  await using broker = await Broker.start();
  const { notices, woken } = listen(broker, ONE);
  try {
    await eventually("it listens", () => notices.isConnected);
    await broker.stop();
    await eventually("it notices", () => !notices.isConnected);
    const before = woken.count;
    await broker.start();
    await eventually("it listens again", () => notices.isConnected);
    assert.equal(woken.count, before + 1);
  } finally {
    await notices.close();
  }
});

test("a flood and nonsense cost a bounded number of looks", async () => {
  await using broker = await Broker.start();
  const { notices, woken } = listen(broker, ONE);
  const attacker = connect(`mqtt://127.0.0.1:${broker.port}`, {
    ...{ username: USER, password: PASSWORD, reconnectPeriod: 0, timerVariant: "native" },
  });
  try {
    await eventually("both are there", () => notices.isConnected && attacker.connected);
    const nonsense = ["", "{}", "[".repeat(10_000), '{"device":1}', "x".repeat(100_000)];
    for (const payload of nonsense) await attacker.publishAsync(`${TOPIC}/heads`, payload);
    for (let version = 1; version <= 500; version++) {
      await attacker.publishAsync(`${TOPIC}/heads`, JSON.stringify({ device: OTHER, version }));
    }
    await eventually("all have come", () => notices.received === 500);
    assert.ok(woken.count <= 60, String(woken.count));
  } finally {
    await attacker.endAsync(true);
    await notices.close();
  }
});

test("two nodes: what is said on one is on the other long before its next look", async () => {
  await using broker = await Broker.start();
  await using folder = await TempFolder.make();
  const bucket = join(folder.path, "bucket");
  await Deno.mkdir(bucket);
  const start = (name: string, interval: string) =>
    startServer({
      data: join(folder.path, name),
      args: [
        ...["--bucket", bucket, "--sync-interval", interval, "--name", name],
        ...["--sync-notices", `mqtt://127.0.0.1:${broker.port}`, "--sync-notices-user", USER],
      ],
      env: { CHATNODE_SYNC_NOTICES_PASSWORD: PASSWORD },
    });
  await using one = await start("one", "200ms");
  await using other = await start("other", "1h");
  const alice = await one.enter("alice");
  const token = (await other.enter("bob")).token;
  await using bob = await V1Client.open(other.ws, token, { rooms: [{ room: "lobby" }] });
  // The other node looks once when it starts; from then on only notices tell it of anything.
  for (const text of ["one", "two", "three"]) {
    await alice.say("alice", text);
    await bob.heard(text);
  }
  assert.equal((await one.stop()).code, 0);
  assert.equal((await other.stop()).code, 0);
});

const ADDRESSES: readonly (readonly [string, string | undefined, boolean])[] = [
  ["mqtts://broker.example.com", "secret", true],
  ["mqtt://broker.example.com", undefined, true],
  ["mqtt://127.0.0.1:1883", "secret", true],
  ["mqtt://broker.example.com", "secret", false],
  ["mqtts://me:pass@broker.example.com", undefined, false],
  ["http://broker.example.com", undefined, false],
  ["broker", undefined, false],
];

for (const [address, password, taken] of ADDRESSES) {
  test(`${address}, password ${password === undefined ? "no" : "yes"}: ${taken}`, () => {
    if (taken) brokerAddress(address, password);
    else assert.throws(() => brokerAddress(address, password), { code: "sync/notices" });
  });
}

test("a notice is a device and a version", () => {
  const decode = (text: string) => decodeNotice(new TextEncoder().encode(text));
  assert.deepEqual(decode(`{"device":"${ONE}","version":3,"more":1}`), { device: ONE, version: 3 });
  for (const text of ["null", "1", '"x"', `{"device":"${ONE}"}`, `{"device":"A","version":1}`]) {
    assert.equal(decode(text), undefined);
  }
  assert.equal(topicOf("s3://a/b?region=x"), topicOf("s3://a/b/?endpoint=y"));
  assert.notEqual(topicOf("s3://a/b"), topicOf("s3://a/c"));
});
