/** Files that are offered to us, by those who keep to the rules and those who do not. */
import assert from "node:assert/strict";
import { StanzaError } from "../../../../src/transports/xmpp/errors.ts";
import { TransferError } from "../../../../src/transports/xmpp/jingle/ending.ts";
import { eventually } from "../../../harness/eventually.ts";
import { ManualClock } from "../../../harness/manual_clock.ts";
import { test } from "../../../harness/test.ts";
import {
  checksumOf,
  hashOf,
  JingleStage,
  MALLORY,
  MemorySink,
  offerOf,
  reasonOf,
  sha256,
  STREAM,
} from "./stage.ts";

const TEXT = "what was agreed on, word by word";
const FIRST = TEXT.slice(0, 16);
const SECOND = TEXT.slice(16);

/** A stage on which a file was offered, and taken. */
async function taken(
  stage: JingleStage,
  sink: MemorySink,
  offer = offerOf(TEXT),
): Promise<void> {
  assert.equal(await stage.jingle("session-initiate", offer), "result");
  void stage.transfers.accept("1", sink).catch(() => {});
  await stage.says("session-accept");
  assert.equal(await stage.open(), "result");
}

/** How a transfer failed. */
async function failure(stage: JingleStage): Promise<string> {
  return await eventually(
    "it fails",
    () => stage.tale.find((line) => line.startsWith("in failed"))?.slice("in failed ".length),
  );
}

test("incoming: offered, taken, whole, kept, told", async () => {
  await using stage = new JingleStage();
  const sink = new MemorySink();
  assert.equal(await stage.jingle("session-initiate", offerOf(TEXT)), "result");
  assert.deepEqual(stage.tale, ["in offered 0"]);
  const [offer] = stage.transfers.open;
  assert.equal(offer?.facts.name, "notes.txt");
  assert.equal(offer?.facts.mediaType, "application/octet-stream");
  const result = stage.transfers.accept("1", sink);
  const accept = await stage.says("session-accept");
  const transport = accept.getChild("content")?.getChild("transport");
  assert.equal(transport?.attrs["sid"], STREAM);
  assert.equal(transport?.attrs["block-size"], "16");
  assert.equal(await stage.open(), "result");
  assert.equal(await stage.block(0, FIRST), "result");
  assert.equal(await stage.block(1, SECOND), "result");
  assert.deepEqual(await result, { isVerified: true });
  assert.equal(new TextDecoder().decode(sink.bytes), TEXT);
  assert.ok(sink.isKept && !sink.isDiscarded);
  const received = (await stage.says("session-info")).getChild("received");
  assert.equal(received?.attrs["name"], "f");
  await stage.ends("success");
  assert.deepEqual(stage.tale, [
    ...["in offered 0", "in running 0", "in running 16", "in running 32", "in done 32"],
  ]);
  assert.deepEqual(stage.transfers.open, []);
});

test("incoming: an empty file", async () => {
  await using stage = new JingleStage();
  const sink = new MemorySink();
  await stage.jingle("session-initiate", offerOf(""));
  const result = stage.transfers.accept("1", sink);
  await stage.says("session-accept");
  await stage.open();
  assert.deepEqual(await result, { isVerified: true });
  assert.ok(sink.isKept);
});

test("incoming: hashes that are promised are waited for", async () => {
  for (const [told, ending] of [[sha256(TEXT), "kept"], [sha256("else"), "mismatch"]] as const) {
    await using stage = new JingleStage();
    const sink = new MemorySink();
    const file = `<size>${TEXT.length}</size>${hashOf("")}`;
    await taken(stage, sink, offerOf(TEXT, { file }));
    await stage.block(0, FIRST);
    await stage.block(1, SECOND);
    assert.ok(!sink.isKept, "nothing is kept that is not what was to be told");
    assert.equal(await stage.jingle("session-info", checksumOf(told)), "result");
    if (ending === "kept") await eventually("it is kept", () => sink.isKept);
    else assert.equal(await failure(stage), "mismatch");
    assert.equal(sink.isDiscarded, ending !== "kept");
  }
});

test("incoming: without hashes it is kept, and called unverified", async () => {
  await using stage = new JingleStage();
  const sink = new MemorySink();
  await stage.jingle("session-initiate", offerOf("x", { file: "<size>1</size>" }));
  const result = stage.transfers.accept("1", sink);
  await stage.says("session-accept");
  await stage.open();
  await stage.block(0, "x");
  assert.deepEqual(await result, { isVerified: false });
});

test("incoming: blocks are acknowledged when they are written, not before", async () => {
  await using stage = new JingleStage();
  const written = Promise.withResolvers<void>();
  const sink = new MemorySink();
  sink.write = () => written.promise;
  await taken(stage, sink);
  let isAnswered = false;
  const answer = stage.block(0, FIRST).then((said) => {
    isAnswered = true;
    return said;
  });
  await stage.jingle("session-info");
  assert.ok(!isAnswered);
  written.resolve();
  assert.equal(await answer, "result");
});

interface Attack {
  readonly why: string;
  /** What is said once the stream is open. */
  does(stage: JingleStage): Promise<string>;
  /** The answer to that. */
  readonly answer: string;
  /** How the transfer ends; undefined when it does not care. */
  readonly ending?: string;
}

const ATTACKS: readonly Attack[] = [
  {
    why: "a block of another stream",
    does: (stage) => stage.block(0, FIRST, "other"),
    answer: "item-not-found",
  },
  {
    why: "a block of somebody else's",
    does: (stage) => stage.block(0, FIRST, STREAM, MALLORY),
    answer: "item-not-found",
  },
  {
    why: "a block of the same person's other client",
    does: (stage) => stage.block(0, FIRST, STREAM, "bob@localhost/elsewhere"),
    answer: "item-not-found",
  },
  {
    why: "somebody else ends it",
    does: (stage) => stage.jingle("session-terminate", reasonOf("cancel"), "s1", MALLORY),
    answer: "item-not-found unknown-session",
  },
  {
    why: "somebody else tells hashes",
    does: (stage) => stage.jingle("session-info", checksumOf(sha256("")), "s1", MALLORY),
    answer: "item-not-found unknown-session",
  },
  {
    why: "a block too early",
    does: (stage) => stage.block(1, FIRST),
    answer: "unexpected-request",
    ending: "broken",
  },
  {
    why: "a block twice",
    async does(stage) {
      await stage.block(0, FIRST);
      return await stage.block(0, FIRST);
    },
    answer: "unexpected-request",
    ending: "broken",
  },
  {
    why: "a block that is larger than agreed",
    does: (stage) => stage.block(0, TEXT.slice(0, 17)),
    answer: "bad-request",
    ending: "broken",
  },
  {
    why: "an empty block, which would go on for ever",
    does: (stage) => stage.block(0, ""),
    answer: "bad-request",
    ending: "broken",
  },
  {
    why: "a block that is no base64",
    does: (stage) =>
      stage.iq(`<data xmlns="http://jabber.org/protocol/ibb" seq="0" sid="${STREAM}">A B=</data>`),
    answer: "bad-request",
    ending: "broken",
  },
  {
    why: "more than was announced",
    async does(stage) {
      await stage.block(0, FIRST);
      await stage.block(1, SECOND.slice(1));
      return await stage.block(2, "ab");
    },
    answer: "not-acceptable",
    ending: "too-much",
  },
  {
    why: "less than was announced",
    async does(stage) {
      await stage.block(0, FIRST);
      return await stage.iq(
        `<close xmlns="http://jabber.org/protocol/ibb" sid="${STREAM}"/>`,
      );
    },
    answer: "result",
    ending: "too-little",
  },
  {
    why: "less than was announced, called a success",
    does: (stage) => stage.jingle("session-terminate", reasonOf("success")),
    answer: "result",
    ending: "too-little",
  },
  {
    why: "something else than was announced",
    async does(stage) {
      await stage.block(0, FIRST);
      return await stage.block(1, SECOND.toUpperCase());
    },
    answer: "result",
    ending: "mismatch",
  },
  {
    why: "hashes are not taken back by later ones",
    async does(stage) {
      await stage.jingle("session-info", checksumOf(sha256(FIRST + SECOND.toUpperCase())));
      await stage.block(0, FIRST);
      return await stage.block(1, SECOND.toUpperCase());
    },
    answer: "result",
    ending: "mismatch",
  },
  {
    why: "it is opened twice",
    does: (stage) => stage.open(),
    answer: "unexpected-request",
  },
  {
    why: "the other side accepts its own offer",
    does: (stage) => stage.jingle("session-accept", offerOf(TEXT)),
    answer: "unexpected-request out-of-order",
  },
  {
    why: "the session begins again",
    does: (stage) => stage.jingle("session-initiate", offerOf(TEXT)),
    answer: "unexpected-request",
  },
  {
    why: "a second file is added",
    does: (stage) => stage.jingle("content-add", offerOf(TEXT)),
    answer: "result",
  },
  {
    why: "the sender cancels",
    does: (stage) => stage.jingle("session-terminate", reasonOf("cancel")),
    answer: "result",
    ending: "withdrawn",
  },
  {
    why: "the only file is taken out",
    does: (stage) => stage.jingle("content-remove", offerOf(TEXT)),
    answer: "result",
    ending: "failed",
  },
  {
    why: "something that is not known is told",
    does: (stage) => stage.jingle("session-info", `<dance xmlns="urn:example"/>`),
    answer: "feature-not-implemented unsupported-info",
  },
  {
    why: "an action that there is none of",
    does: (stage) => stage.jingle("session-dance"),
    answer: "unexpected-request out-of-order",
  },
];

for (const { why, does, answer, ending } of ATTACKS) {
  test(`incoming: ${why}`, async () => {
    await using stage = new JingleStage();
    const sink = new MemorySink();
    await taken(stage, sink);
    assert.equal(await does(stage), answer);
    if (ending === undefined) {
      const [open] = stage.transfers.open;
      assert.equal(open?.state, "running", "it goes on");
      return;
    }
    assert.equal(await failure(stage), ending);
    await eventually("nothing is left of it", () => sink.isDiscarded);
    assert.ok(!sink.isKept);
    assert.equal(await stage.block(2, "x"), "item-not-found");
    assert.deepEqual(stage.transfers.open, []);
  });
}

const OFFERS: readonly (readonly [string, string, string])[] = [
  ["no size", offerOf("x", { file: "<name>n</name>" }), "unsupported-applications"],
  ["a size that is none", offerOf("x", { file: "<size>-1</size>" }), "unsupported-applications"],
  ["another kind of session", `<content creator="initiator" name="f" senders="both"/>`, ""],
  ["two files", offerOf("x") + offerOf("y"), "unsupported-applications"],
  ["a file is asked for", offerOf("x", { senders: "responder" }), "failed-application"],
];

for (const [why, content, reason] of OFFERS) {
  test(`incoming: nothing is shown of an offer: ${why}`, async () => {
    await using stage = new JingleStage();
    assert.equal(await stage.jingle("session-initiate", content), "result");
    await stage.ends(reason === "" ? "unsupported-applications" : reason);
    assert.deepEqual(stage.tale, []);
  });
}

test("incoming: strangers learn nothing, and nobody keeps the others out", async () => {
  await using stage = new JingleStage();
  const offer = offerOf(TEXT);
  assert.equal(await stage.jingle("session-initiate", offer, "s1", MALLORY), "service-unavailable");
  for (const sid of ["a", "b", "c", "d"]) {
    assert.equal(await stage.jingle("session-initiate", offer, sid), "result");
  }
  assert.equal(await stage.jingle("session-initiate", offer, "e"), "resource-constraint");
  assert.equal(stage.transfers.open.length, 4);
  assert.equal(await stage.jingle("session-initiate", "", "f"), "resource-constraint");
  stage.transfers.end("1", "declined");
  await stage.ends("decline");
  await eventually(
    "there is room",
    async () => await stage.jingle("session-initiate", offer, "g") === "result",
  );
});

test("incoming: what was not agreed to cannot be sent", async () => {
  await using stage = new JingleStage();
  await stage.jingle("session-initiate", offerOf(TEXT));
  assert.equal(await stage.open(), "item-not-found");
  assert.equal(await stage.block(0, FIRST), "item-not-found");
  stage.transfers.end("1", "declined");
  await stage.ends("decline");
  assert.throws(() => stage.transfers.end("1", "declined"), /there is no such transfer/);
  const sink = new MemorySink();
  await assert.rejects(stage.transfers.accept("1", sink), /there is no such offer/);
  assert.ok(sink.isDiscarded);
});

test("incoming: blocks are no larger than this side wants", async () => {
  await using stage = new JingleStage();
  const transport =
    `<transport xmlns="urn:xmpp:jingle:transports:ibb:1" block-size="65535" sid="${STREAM}"/>`;
  await stage.jingle("session-initiate", offerOf(TEXT, { transport }));
  void stage.transfers.accept("1", new MemorySink()).catch(() => {});
  const accept = await stage.says("session-accept");
  const agreed = accept.getChild("content")?.getChild("transport")?.attrs["block-size"];
  assert.equal(agreed, "6144");
  assert.equal(await stage.open(65_535), "resource-constraint");
  assert.equal(await stage.open(6_144), "result");
});

test("incoming: another transport is asked to be replaced", async () => {
  for (const answer of ["transport-accept", "transport-reject"] as const) {
    await using stage = new JingleStage();
    const sink = new MemorySink();
    const transport = `<transport xmlns="urn:xmpp:jingle:transports:s5b:1" sid="z"/>`;
    await stage.jingle("session-initiate", offerOf(TEXT, { transport }));
    const result = stage.transfers.accept("1", sink);
    result.catch(() => {});
    const asked = await stage.says("transport-replace");
    const sid = asked.getChild("content")?.getChild("transport")?.attrs["sid"] ?? "";
    assert.equal(await stage.open(16, sid), "unexpected-request out-of-order");
    assert.equal(await stage.jingle(answer, offerOf(TEXT)), "result");
    if (answer === "transport-reject") {
      await assert.rejects(
        result,
        (error) => error instanceof TransferError && error.ending === "unsupported",
      );
      continue;
    }
    await stage.says("session-accept");
    await stage.open(16, sid);
    await stage.block(0, FIRST, sid);
    await stage.block(1, SECOND, sid);
    await result;
    assert.ok(sink.isKept);
  }
});

test("incoming: a full disk ends it, and says so", async () => {
  await using stage = new JingleStage();
  const sink = new MemorySink(20);
  await taken(stage, sink);
  assert.equal(await stage.block(0, FIRST), "result");
  assert.equal(await stage.block(1, SECOND), "resource-constraint");
  assert.equal(await failure(stage), "storage");
  const said = await stage.says("session-terminate");
  assert.ok(
    said.getChild("reason")?.getChild(
      "file-too-large",
      "urn:xmpp:jingle:apps:file-transfer:errors:0",
    ) !== undefined,
  );
});

test("incoming: a file that cannot be kept is not called kept", async () => {
  await using stage = new JingleStage();
  const sink = new MemorySink();
  sink.keep = () => Promise.reject(new Error("full"));
  await taken(stage, sink);
  await stage.block(0, FIRST);
  await stage.block(1, SECOND);
  assert.equal(await failure(stage), "storage");
  assert.ok(sink.isDiscarded);
});

const WAITS: readonly (readonly [string, number, (stage: JingleStage) => Promise<void>])[] = [
  ["nobody decides", 10 * 60_000, async () => {}],
  ["no stream is opened", 60_000, async (stage) => {
    void stage.transfers.accept("1", new MemorySink()).catch(() => {});
    await stage.says("session-accept");
  }],
  ["no block comes", 120_000, async (stage) => {
    void stage.transfers.accept("1", new MemorySink()).catch(() => {});
    await stage.says("session-accept");
    await stage.open();
    await stage.block(0, FIRST);
  }],
];

for (const [why, ms, prepare] of WAITS) {
  test(`incoming: it ends when ${why}`, async () => {
    const clock = new ManualClock();
    await using stage = new JingleStage(clock);
    await stage.jingle("session-initiate", offerOf(TEXT));
    await prepare(stage);
    clock.advance(ms - 1);
    assert.equal(stage.transfers.open.length, 1);
    clock.advance(1);
    assert.equal(await failure(stage), "timeout");
    await stage.ends("timeout");
  });
}

test("incoming: who leaves takes the offer along, who hides does not", async () => {
  await using stage = new JingleStage();
  await stage.jingle("session-initiate", offerOf(TEXT));
  const leaves = `<presence from="bob@localhost/there" type="unavailable"/>`;
  stage.hear(leaves);
  await stage.says("session-info");
  assert.equal(stage.transfers.open.length, 1);
  stage.hear(leaves);
  (await stage.request("jingle")).refuse(new StanzaError("service-unavailable"));
  assert.equal(await failure(stage), "gone");
});

test("incoming: a lost session ends what goes on, a resumed one does not", async () => {
  await using stage = new JingleStage();
  const sink = new MemorySink();
  await stage.jingle("session-initiate", offerOf(TEXT), "b");
  const result = stage.transfers.accept("1", sink);
  await stage.registrations.arrived("resumed");
  assert.equal(stage.transfers.open.length, 1, "a resumed session has lost nothing");
  const lost = assert.rejects(result, /the connection to the server was lost/);
  void stage.registrations.arrived("fresh");
  await lost;
  assert.ok(sink.isDiscarded);
});
