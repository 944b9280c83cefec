/** Files that we offer: to those who take them, who do not, and who do as they like. */
import assert from "node:assert/strict";
import { StanzaError } from "../../../../src/transports/xmpp/errors.ts";
import type { FileSource } from "../../../../src/transports/xmpp/jingle/outgoing.ts";
import { eventually } from "../../../harness/eventually.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import { BOB, JingleStage, MALLORY, offerOf, reasonOf, sha256, sourceOf } from "./stage.ts";

const TEXT = "0123456789".repeat(3);

/** A file that is on its way, and what the session is called. */
interface Sending {
  readonly stage: JingleStage;
  readonly result: Promise<unknown>;
  readonly sid: string;
  readonly stream: string;
}

async function offered(
  stage: JingleStage,
  source: FileSource = sourceOf(TEXT),
  options: { readonly signal?: AbortSignal } = {},
): Promise<Sending> {
  const result = stage.transfers.offer(BOB, source, options);
  result.catch(() => {});
  const said = await stage.says("session-initiate");
  const transport = said.getChild("content")?.getChild("transport");
  const stream = transport?.attrs["sid"] ?? "";
  return { stage, result, sid: said.attrs["sid"] ?? "", stream };
}

/** The other side says yes, with blocks of ten bytes. */
async function agreed({ stage, sid, stream }: Sending, blockSize = 10): Promise<string> {
  const transport =
    `<transport xmlns="urn:xmpp:jingle:transports:ibb:1" block-size="${blockSize}" sid="${stream}"/>`;
  const content = offerOf(TEXT, { transport }).replace(`name="f"`, `name="file"`);
  return await stage.jingle("session-accept", content, sid);
}

/** As {@linkcode agreed}, and the stream is open. */
async function flowing(sending: Sending): Promise<void> {
  assert.equal(await agreed(sending), "result");
  const { child, to } = await opened(sending.stage);
  assert.equal(to, BOB);
  assert.equal(child.attrs["sid"], sending.stream);
  assert.equal(child.attrs["block-size"], "10");
}

async function opened(stage: JingleStage) {
  const asked = await stage.request("open");
  asked.answer();
  return asked;
}

test("outgoing: offered, taken, sent, confirmed", async () => {
  await using stage = new JingleStage();
  const sending = await offered(stage);
  await flowing(sending);
  for (const seq of [0, 1, 2]) {
    const { child, answer } = await stage.request("data");
    assert.equal(child.attrs["seq"], String(seq));
    assert.equal(atob(child.text()), "0123456789");
    answer();
  }
  const { answer } = await stage.request("close");
  answer();
  const received = `<received xmlns="urn:xmpp:jingle:apps:file-transfer:5" name="file"/>`;
  assert.equal(await stage.jingle("session-info", received, sending.sid), "result");
  await sending.result;
  await stage.ends("success");
  assert.deepEqual(stage.tale, [
    ...["out offered 0", "out running 0", "out running 10", "out running 20", "out running 30"],
    "out done 30",
  ]);
});

test("outgoing: the confirmation comes together with the last answer", async () => {
  await using stage = new JingleStage();
  const sending = await offered(stage, sourceOf("x"));
  await flowing(sending);
  const { answer } = await stage.request("data");
  answer();
  assert.equal(await stage.jingle("session-terminate", reasonOf("success"), sending.sid), "result");
  await sending.result;
});

test("outgoing: what is offered is told in full", async () => {
  await using stage = new JingleStage();
  void stage.transfers.offer(BOB, sourceOf(TEXT)).catch(() => {});
  const said = await stage.says("session-initiate");
  const content = said.getChild("content");
  assert.equal(content?.attrs["senders"], "initiator");
  const file = content?.getChild("description")?.getChild("file");
  assert.equal(file?.getChildText("name"), "notes.txt");
  assert.equal(file?.getChildText("size"), "30");
  assert.equal(file?.getChildText("media-type"), "text/plain");
  assert.equal(file?.getChild("hash", "urn:xmpp:hashes:2")?.attrs["algo"], "sha-256");
  assert.equal(file?.getChildText("hash"), sha256(TEXT));
});

test("outgoing: nobody is sent more than they acknowledge", async () => {
  await using stage = new JingleStage();
  const sending = await offered(stage, sourceOf("x".repeat(500)));
  await flowing(sending);
  const blocks = () => stage.asked.filter(({ child }) => child.getName() === "data").length;
  await eventually("a window is sent", () => blocks() === 16);
  await stage.jingle("session-info", "", sending.sid);
  assert.equal(blocks(), 16, "no more without an answer");
  (await stage.request("data")).answer();
  await eventually("one more is sent", () => blocks() === 16);
});

test("outgoing: the other side confirms by ending the session", async () => {
  await using stage = new JingleStage();
  const sending = await offered(stage, sourceOf(""));
  assert.equal(await agreed(sending), "result");
  await opened(stage);
  await stage.request("close");
  assert.equal(await stage.jingle("session-terminate", reasonOf("success"), sending.sid), "result");
  await sending.result;
  assert.deepEqual(stage.transfers.open, []);
});

test("outgoing: smaller blocks, where the stream is opened with such alone", async () => {
  await using stage = new JingleStage();
  const sending = await offered(stage);
  await agreed(sending, 6_144);
  (await stage.request("open")).refuse(new StanzaError("resource-constraint", { type: "modify" }));
  const { child } = await stage.request("open");
  assert.equal(child.attrs["block-size"], "3072");
});

const REFUSALS: readonly (readonly [string, string, string])[] = [
  ["declined", "decline", "it was declined"],
  ["busy", "busy", "it was declined"],
  ["cancelled there", "cancel", "the other side cancelled it"],
  ["a transport that it does not know", "unsupported-transports", "knows no way"],
  ["a reason that there is none of", "weather", "could not go on"],
  ["called a success before there is one", "success", "the other side cancelled it"],
];

for (const [why, reason, sentence] of REFUSALS) {
  test(`outgoing: ${why}`, async () => {
    await using stage = new JingleStage();
    const sending = await offered(stage);
    assert.equal(await stage.jingle("session-terminate", reasonOf(reason), sending.sid), "result");
    await assert.rejects(sending.result, new RegExp(sentence));
    assert.equal(
      await stage.jingle("session-accept", offerOf(TEXT), sending.sid),
      "item-not-found unknown-session",
    );
  });
}

const ERRORS: readonly (readonly [string, string])[] = [
  ["service-unavailable", "is not there any more"],
  ["feature-not-implemented", "knows no way"],
  ["resource-constraint", "it was declined"],
];

for (const [condition, sentence] of ERRORS) {
  test(`outgoing: a block is answered with ${condition}`, async () => {
    await using stage = new JingleStage();
    const sending = await offered(stage);
    await flowing(sending);
    (await stage.request("data")).refuse(new StanzaError(condition));
    await assert.rejects(sending.result, new RegExp(sentence));
    await stage.says("session-terminate");
  });
}

test("outgoing: a block is refused, and nobody says why", async () => {
  const clock = new ManualClock();
  await using stage = new JingleStage(clock);
  const sending = await offered(stage);
  await flowing(sending);
  (await stage.request("data")).refuse(new StanzaError("item-not-found"));
  await eventually("it ends", () => {
    clock.advance(500);
    return stage.tale.includes("out failed broken");
  });
  await assert.rejects(sending.result, /a part of it is missing or broken/);
  await stage.says("session-terminate");
});

test("outgoing: blocks are refused before it is said that it was cancelled", async () => {
  await using stage = new JingleStage();
  const sending = await offered(stage);
  await flowing(sending);
  (await stage.request("data")).refuse(new StanzaError("item-not-found"));
  await stage.jingle("session-info", "", sending.sid);
  assert.equal(await stage.jingle("session-terminate", reasonOf("cancel"), sending.sid), "result");
  await assert.rejects(sending.result, /the other side cancelled it/);
});

test("outgoing: somebody else says yes, or no", async () => {
  await using stage = new JingleStage();
  const { sid, stream } = await offered(stage);
  const unknown = "item-not-found unknown-session";
  for (const [action, inner] of [["session-accept", offerOf(TEXT)], ["session-terminate", ""]]) {
    assert.equal(await stage.jingle(action ?? "", inner, sid, MALLORY), unknown);
    assert.equal(await stage.jingle(action ?? "", inner, sid, "bob@localhost/other"), unknown);
  }
  assert.equal(await stage.open(10, stream), "item-not-found", "they are not the ones who send");
  assert.equal(stage.transfers.open[0]?.state, "offered");
});

test("outgoing: a yes to something else", async () => {
  await using stage = new JingleStage();
  const sending = await offered(stage);
  const { sid, stream } = sending;
  for (const [blockSize, name] of [["6145", stream], ["0", stream], ["10", "other"]] as const) {
    const transport =
      `<transport xmlns="urn:xmpp:jingle:transports:ibb:1" block-size="${blockSize}" sid="${name}"/>`;
    const content = offerOf(TEXT, { transport }).replace(`name="f"`, `name="file"`);
    assert.equal(await stage.jingle("session-accept", content, sid), "bad-request");
  }
  assert.equal(await agreed(sending), "result");
  assert.equal(await agreed(sending), "unexpected-request out-of-order", "once");
});

test("outgoing: a part of the file alone, and another transport, are not to be had", async () => {
  await using stage = new JingleStage();
  const sending = await offered(stage);
  assert.equal(await stage.jingle("transport-replace", offerOf(TEXT), sending.sid), "result");
  await stage.says("transport-reject");
  const transport = `<transport xmlns="urn:xmpp:jingle:transports:ibb:1" block-size="10" \
sid="${sending.stream}"/>`;
  const file = `<size>30</size><range offset="10"/>`;
  const content = offerOf(TEXT, { transport, file }).replace(`name="f"`, `name="file"`);
  assert.equal(await stage.jingle("session-accept", content, sending.sid), "result");
  await assert.rejects(sending.result, /knows no way/);
});

test("outgoing: cancelled here, at any time", async () => {
  await using stage = new JingleStage();
  const controller = new AbortController();
  const sending = await offered(stage, sourceOf(TEXT), controller);
  await flowing(sending);
  controller.abort();
  await assert.rejects(sending.result, /it was cancelled/);
  await stage.ends("cancel");
  const none = stage.transfers.offer(BOB, sourceOf(TEXT), { signal: controller.signal });
  await assert.rejects(none, { name: "AbortError" });
});

test("outgoing: a file that changes meanwhile is not called sent", async () => {
  for (const source of [sourceOf(TEXT, sha256("else")), shorter(), broken()]) {
    await using stage = new JingleStage();
    const sending = await offered(stage, source);
    await flowing(sending);
    const answering = setInterval(() => {
      for (const { answer } of stage.asked.splice(0)) answer();
    }, 1);
    await assert.rejects(sending.result, /it changed meanwhile|the disk is gone/);
    clearInterval(answering);
  }
});

function shorter(): FileSource {
  const { facts, blocks } = sourceOf(TEXT);
  return { facts: { ...facts, size: 29 }, blocks };
}

function broken(): FileSource {
  const fails = () => Promise.reject(new Error("the disk is gone"));
  return { ...sourceOf(TEXT), blocks: () => ({ [Symbol.asyncIterator]: () => ({ next: fails }) }) };
}

test("outgoing: waits end", async () => {
  const clock = new ManualClock();
  await using stage = new JingleStage(clock);
  const silent = await offered(stage);
  clock.advance(10 * 60_000);
  await assert.rejects(silent.result, /nothing came for too long/);
  const unconfirmed = await offered(stage, sourceOf(""));
  await agreed(unconfirmed);
  await opened(stage);
  await stage.request("close");
  clock.advance(60_000);
  await assert.rejects(unconfirmed.result, /nothing came for too long/);
});

test("outgoing: right after a login others are waited for", async () => {
  const clock = new ManualClock();
  await using stage = new JingleStage(clock);
  assert.equal(await stage.transfers.clientOf("bob@localhost"), undefined, "nobody has come in");
  void stage.registrations.arrived("fresh");
  const found = stage.transfers.clientOf("bob@localhost");
  stage.hear(`<presence from="carol@localhost/x"/>`);
  stage.hear(`<presence from="${BOB}"/>`);
  const features = ["urn:xmpp:jingle:1", "urn:xmpp:jingle:apps:file-transfer:5"];
  const info = [...features, "urn:xmpp:jingle:transports:ibb:1"]
    .map((name) => `<feature var="${name}"/>`).join("");
  const asked = await eventually("bob is asked", () => stage.asked.find(({ to }) => to === BOB));
  asked.answer(`<query xmlns="http://jabber.org/protocol/disco#info">${info}</query>`);
  assert.equal(await found, BOB);
  const none = stage.transfers.clientOf("dave@localhost");
  clock.advance(5_000);
  assert.equal(await none, undefined);
});

test("outgoing: to a full address, and not too many", async () => {
  await using stage = new JingleStage();
  await assert.rejects(stage.transfers.offer("bob@localhost", sourceOf("")), /Cannot transfer/);
  const all = [1, 2, 3, 4].map(() => stage.transfers.offer(BOB, sourceOf("")).catch(() => {}));
  await assert.rejects(stage.transfers.offer(BOB, sourceOf("")), /there are too many at a time/);
  for (const { id } of stage.transfers.open) stage.transfers.end(id, "cancelled");
  await Promise.all(all);
});
