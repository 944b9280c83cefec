/** The support desk against a ticket system that checks every request. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../../src/clock.ts";
import { getLogger } from "../../../../src/log.ts";
import { CALL_MS } from "../../../../src/transports/xmpp/tickets/contract.ts";
import { TicketDesk } from "../../../../src/transports/xmpp/tickets/desk.ts";
import { HttpTicketApi, ticketAddress } from "../../../../src/transports/xmpp/tickets/http_api.ts";
import { requestIn } from "../../../../src/transports/xmpp/tickets/requests.ts";
import { eventually } from "../../../harness/eventually.ts";
import { test } from "../../../harness/test.ts";
import { TempFolder } from "../../../history/temp_folder.ts";
import { type Fault, StrictDesk } from "./strict_desk.ts";

const BOB = "bob@example.com";
const live = (body: string) => ({ peer: BOB, resource: "phone", body, origin: "live" as const });

/** Every wait between attempts is a hundredth of what it should be; deadlines stay. */
const hurried: Clock = {
  ...systemClock,
  after: (ms, action) => systemClock.after(ms === CALL_MS ? ms : ms / 100, action),
};

/** Waits until an assertion holds. */
async function holds(assertion: () => void): Promise<void> {
  let failure: unknown;
  const passes = () => {
    try {
      assertion();
      return true;
    } catch (error) {
      failure = error;
      return false;
    }
  };
  await eventually("an assertion holds", passes).catch(() => {
    throw failure;
  });
}

interface Stage {
  readonly server: StrictDesk;
  /** What contacts were sent, and what the account's person was shown. */
  readonly answers: string[];
  readonly shown: string[];
  readonly desk: TicketDesk;
  /** Ends the desk and begins another one on the same file. */
  restart(): Promise<void>;
}

async function withDesk(
  body: (stage: Stage) => Promise<void>,
  options: { readonly api?: "none"; readonly clock?: Clock } = {},
): Promise<void> {
  await using folder = await TempFolder.make();
  await using server = new StrictDesk();
  const { clock = hurried } = options;
  const answers: string[] = [];
  const shown: string[] = [];
  const base = ticketAddress(server.base, "safe");
  const api = new HttpTicketApi({ base, token: server.token, fetch, clock });
  const open = () =>
    TicketDesk.open({
      api: options.api === "none" ? undefined : api,
      file: join(folder.path, "tickets.jsonl"),
      account: "me@example.com",
      conversations: {
        answer: (peer, text) => Promise.resolve(void answers.push(`${peer}: ${text}`)),
        show: (peer, text) => void shown.push(`${peer}: ${text}`),
      },
      clock,
      random: () => 0.5,
      uuid: () => crypto.randomUUID(),
      logger: getLogger(["test"]),
      pollMs: 100,
    });
  let desk = await open();
  try {
    await body({
      server,
      answers,
      shown,
      get desk() {
        return desk;
      },
      restart: async () => {
        await desk[Symbol.asyncDispose]();
        desk = await open();
      },
    });
  } finally {
    await desk[Symbol.asyncDispose]();
  }
}

const CREATED = `${BOB}: Support ticket created! Ticket ID: 1\nSubject: it burns\n` +
  "We'll get back to you as soon as possible.";

test("a contact's request becomes a ticket, its updates come back once, then it ends", () =>
  withDesk(async (stage) => {
    const { server, answers, desk } = stage;
    assert.equal(await desk.incoming(live("/Help it burns")), true);
    await holds(() => assert.deepEqual(answers, [CREATED]));
    assert.deepEqual(server.taken[0]?.body, {
      jid: BOB,
      message: "it burns",
      resource: "phone",
    });
    server.reply("1", "where?");
    await holds(() => assert.deepEqual(answers.slice(1), [`${BOB}: where?`]));
    assert.equal(await desk.incoming(live("in the kitchen")), false);
    await holds(() => {
      const message = server.taken.find(({ call }) => call === "POST tickets/{id}/messages");
      assert.deepEqual(message?.body, { content: "in the kitchen", jid: BOB });
    });
    await stage.restart();
    server.reply("1", "done");
    const ticket = server.tickets.get("1");
    assert.ok(ticket);
    ticket.status = "RESOLVED";
    await holds(() =>
      assert.deepEqual(answers.slice(2), [`${BOB}: done`, `${BOB}: Ticket 1 is resolved.`])
    );
    assert.equal(await stage.desk.incoming(live("thanks")), false);
    assert.equal(server.taken.filter(({ call }) => call.endsWith("/messages")).length, 1);
  }));

test("the account's person opens a ticket and adds to it; updates are shown, not sent", () =>
  withDesk(async ({ server, answers, shown, desk }) => {
    await desk.request(BOB, "printer");
    await holds(() => assert.match(shown.join(), /Ticket 1 opened/));
    await desk.request(BOB, "still");
    const added = () => server.taken.find(({ call }) => call === "POST tickets/{id}/messages");
    await holds(() => {
      assert.deepEqual(added()?.body, { content: "still", jid: "me@example.com" });
    });
    server.reply("1", "on it");
    await holds(() => assert.equal(shown.at(-1), `${BOB}: Ticket 1: on it`));
    assert.deepEqual(answers, []);
    const listed = await desk.list({ jid: BOB, limit: 5 });
    assert.deepEqual(listed.map(({ id, jid, status }) => [id, jid, status]), [["1", BOB, "OPEN"]]);
  }));

const RETRIED: readonly (readonly [why: string, fault: Fault])[] = [
  ["the system fails", { status: 500 }],
  ["it is overloaded", { status: 503, headers: { "Retry-After": "1" } }],
  ["it wants fewer requests", { status: 429 }],
  ["the connection breaks", "reset"],
];

for (const [why, fault] of RETRIED) {
  test(`kept and retried: ${why}`, () =>
    withDesk(async ({ server, answers, shown, desk }) => {
      server.faults = [fault, fault];
      await desk.incoming(live("/ticket it burns"));
      await holds(() => assert.equal(answers.at(-1), CREATED));
      assert.match(answers[0] ?? "", /Your request is noted/);
      assert.equal(answers.length, 2);
      assert.equal(shown.length, 1);
      assert.equal(server.tickets.size, 1);
    }));
}

test("kept and retried under one key, over restarts", () =>
  withDesk(async (stage) => {
    stage.server.faults = Array.from({ length: 400 }, () => ({ status: 500 }));
    await stage.desk.incoming(live("/ticket it burns"));
    await holds(() => assert.equal(stage.answers.length, 1));
    await stage.restart();
    stage.server.faults = [];
    await holds(() => assert.equal(stage.answers.at(-1), CREATED));
    assert.match(stage.server.taken[0]?.key ?? "", /^[0-9a-f-]{36}$/);
  }));

const REFUSED: readonly (readonly [why: string, fault: Fault, shows: RegExp])[] = [
  ["the token is wrong", { status: 401 }, /Check API_TOKEN/],
  ["the address is wrong", { status: 404 }, /Check API_BASE_URL/],
  ["it is redirected", { status: 302, headers: { Location: "/" } }, /Check API_BASE_URL/],
  ["the answer is no JSON", { text: "<html>" }, /no JSON/],
  ["the answer is nested deep", { text: "[".repeat(10_000) }, /no JSON/],
  ["the answer is long", { text: "x".repeat(2_000_000) }, /too long/],
  ["it reports a failure", { text: '{"success":false}' }, /reported a failure/],
  ["an id leads elsewhere", { text: '{"success":true,"ticket_id":"../x"}' }, /an id that is none/],
];

for (const [why, fault, shows] of REFUSED) {
  test(`told and given up: ${why}`, () =>
    withDesk(async ({ server, answers, shown, desk }) => {
      server.faults = [fault];
      await desk.incoming(live("/ticket it burns"));
      await holds(() => assert.equal(answers.length, 1));
      assert.match(answers[0] ?? "", /Sorry, I couldn't create a support ticket/);
      assert.match(shown.join(), shows);
      assert.doesNotMatch(shown.join(), /secret-token|it burns/);
    }));
}

test("a system that hangs is given up on after the deadline", () =>
  withDesk(async ({ server, answers, desk }) => {
    server.faults = ["hang"];
    await desk.incoming(live("/ticket it burns"));
    await holds(() => assert.equal(answers.at(-1), CREATED));
  }, { clock: { ...systemClock, after: (ms, action) => systemClock.after(ms / 100, action) } }));

test("archived messages and one's own never open a ticket", () =>
  withDesk(async ({ server, answers, desk }) => {
    assert.equal(await desk.incoming({ ...live("/help"), origin: "delayed" }), false);
    assert.equal(await desk.incoming({ ...live("/help"), origin: "own" }), false);
    await desk.incoming(live("/help"));
    await holds(() => assert.equal(answers.length, 1));
    assert.equal(server.tickets.size, 1);
  }));

test("one contact gets three tickets at once and no more", () =>
  withDesk(async ({ server, answers, shown, desk }) => {
    for (let count = 0; count < 10; count++) await desk.incoming(live("/help"));
    await holds(() => assert.equal(answers.length, 3));
    assert.equal(server.tickets.size, 3);
    assert.equal(shown.length, 7);
  }));

test("without a ticket system contacts are told, and the person gets a hint", () =>
  withDesk(async ({ answers, desk }) => {
    await desk.incoming(live("/help"));
    assert.deepEqual(answers, [`${BOB}: Support ticket creation is not available at the moment.`]);
    await assert.rejects(desk.request(BOB, "x"), { code: "tickets/off" });
  }, { api: "none" }));

test("presence is reported, the latest state once", () =>
  withDesk(async ({ server, desk }) => {
    const told = () => server.taken.filter(({ call }) => call === "POST presence");
    desk.presence({ jid: BOB, status: "online", show: "" });
    await holds(() => assert.equal(told().length, 1));
    desk.presence({ jid: BOB, status: "online", show: "" });
    desk.presence({ jid: BOB, status: "online", show: "dnd" });
    await holds(() => assert.equal(told().length, 2));
    assert.deepEqual(told()[1]?.body, { jid: BOB, status: "online", show: "dnd" });
  }));

const REQUESTS: readonly (readonly [body: string, request: string | undefined])[] = [
  ["/help", "Help requested via XMPP"],
  ["/SUPPORT  my pc\nburns", "my pc\nburns"],
  ["/ticket ", "Help requested via XMPP"],
  ["/tickets please", undefined],
  [" /help", undefined],
  ["help", undefined],
];

for (const [body, request] of REQUESTS) {
  test(`${JSON.stringify(body)} asks for ${JSON.stringify(request ?? null)}`, () => {
    assert.equal(requestIn(body), request);
  });
}

const ADDRESSES: readonly (readonly [string, string | undefined])[] = [
  ["https://desk.example.com", "https://desk.example.com/"],
  ["https://desk.example.com/a?b#c", "https://desk.example.com/a/"],
  ["http://localhost:8000", "http://localhost:8000/"],
  ["http://desk.example.com", undefined],
  ["ftp://desk.example.com", undefined],
  ["https://user:pass@desk.example.com", undefined],
  ["desk", undefined],
];

for (const [text, address] of ADDRESSES) {
  test(`the address ${text} is ${address === undefined ? "refused" : "taken"}`, () => {
    if (address === undefined) {
      assert.throws(() => ticketAddress(text, "safe"), { code: "tickets/address" });
    } else assert.equal(ticketAddress(text, "safe").href, address);
  });
}
