/** An XMPP account as a support desk: the real program, a real server, a strict ticket system. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import { type MessageEvent, messages } from "../../../src/transports/xmpp/features/messages.ts";
import { roster, type SubscriptionEvent } from "../../../src/transports/xmpp/features/roster.ts";
import { PERMISSIONS } from "../../../tasks/runtime.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { eventually } from "../../harness/eventually.ts";
import { runProgram } from "../../harness/server_process.ts";
import { test } from "../../harness/test.ts";
import { XmppClient } from "../../harness/xmpp_client.ts";
import { StrictDesk } from "../../transports/xmpp/tickets/strict_desk.ts";
import { withServer, type XmppServer } from "./servers/servers.ts";

const MAIN = join(import.meta.dirname ?? ".", "..", "..", "..", "main.ts");
const ALICE = "alice@localhost";

function person(server: XmppServer, user: string): XmppClient {
  return new XmppClient({
    user,
    service: `xmpp://127.0.0.1:${server.ports.starttls}`,
    ca: server.certificates.ca,
    features: FEATURES,
  });
}

/** `chatnode client` as a service, with what it has printed so far. */
class Service implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #printed = "";
  #complained = "";

  constructor(
    server: XmppServer,
    data: string,
    accounts: readonly string[],
    env: Readonly<Record<string, string>>,
  ) {
    const where = ["--connect", `xmpp://127.0.0.1:${server.ports.starttls}`];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-check", ...PERMISSIONS, MAIN, "client", ...accounts],
        ...["--headless", "--json", ...where, "--ca", server.certificates.caFile],
        ...["--data", data],
      ],
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      this.#read(this.#child.stdout, (text) => this.#printed += text),
      this.#read(this.#child.stderr, (text) => this.#complained += text),
    ]).then(() => {});
  }

  /** Waits until so many accounts are online. */
  async online(count = 1): Promise<this> {
    await eventually("the accounts are online", () => {
      if (this.lines().filter(({ type }) => type === "chatnode.online").length >= count) {
        return true;
      }
      return this.#complained === "" ? false : Promise.reject(new Error(this.#complained));
    });
    return this;
  }

  lines(): Record<string, unknown>[] {
    const whole = this.#printed.slice(0, this.#printed.lastIndexOf("\n") + 1);
    return whole.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  get complaints(): string {
    return this.#complained;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await this.#reading;
    await this.#child.status;
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
  }
}

async function says(from: XmppClient, body: string): Promise<void> {
  await from.session.use(messages).send({ to: ALICE, body }).accepted;
}

async function answer(to: XmppClient, body: string): Promise<MessageEvent> {
  return await to.heard<MessageEvent>("message", ({ message }) => message.body === body);
}

const CREATED = (id: number, subject: string) =>
  `Support ticket created! Ticket ID: ${id}\nSubject: ${subject}\n` +
  "We'll get back to you as soon as possible.";

test("contacts open tickets, hear of them, and over restarts", async (context) => {
  await using desk = new StrictDesk();
  const env = { XMPP_PASSWORD: "alice-pw", API_BASE_URL: desk.base, API_TOKEN: desk.token };
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      await using bob = await person(server, "bob").online();

      await context.step("a ticket, its answer and its end", async () => {
        await using service = await new Service(server, data, [`xmpp:${ALICE}`], env).online();
        await says(bob, "good morning");
        await says(bob, "/HELP the printer burns");
        await answer(bob, CREATED(1, "the printer burns"));
        desk.reply("1", "Pull the plug.");
        await answer(bob, "Pull the plug.");
        await says(bob, "I did");
        await eventually("what was said is added", () =>
          desk.taken.some(({ call, body }) =>
            call === "POST tickets/{id}/messages" &&
            (body as { content: string }).content === "I did"
          ));
        const shown = await eventually("the answer is an event", () =>
          service.lines().find(({ sender_id: sender, content }) =>
            sender === ALICE &&
            (content as { body?: string } | undefined)?.body === "Pull the plug."
          ));
        assert.equal((shown["content"] as { msgtype?: string }).msgtype, "m.notice");
        assert.equal(
          desk.taken.filter(({ call }) =>
            call === "POST tickets"
          ).length,
          1,
        );
      });

      await context.step(
        "what comes while nobody is there opens none, but is followed",
        async () => {
          desk.reply("1", "Is it out?");
          await says(bob, "/help too late");
          await using _service = await new Service(server, data, [`xmpp:${ALICE}`], env).online();
          await answer(bob, "Is it out?");
          const ticket = desk.tickets.get("1");
          assert.ok(ticket);
          ticket.status = "RESOLVED";
          await answer(bob, "Ticket 1 is resolved.");
          assert.equal(desk.tickets.size, 1, "a delayed message opened a ticket");
        },
      );

      await context.step("presence of contacts is reported", async () => {
        await using owner = await person(server, "alice").online();
        owner.session.use(roster).subscribe("bob@localhost");
        await bob.heard<SubscriptionEvent>("subscription", ({ state }) =>
          state === "requested");
        bob.session.use(roster).accept(ALICE);
        await eventually("alice sees bob", () =>
          owner.session.use(roster).contacts.get("bob@localhost")?.subscription === "to");
        await using _service = await new Service(server, data, [`xmpp:${ALICE}`], env).online();
        await eventually("the system is told", () =>
          desk.taken.some(({ call, body }) => {
            const { jid, status } = body as { jid?: string; status?: string } ?? {};
            return call === "POST presence" && jid === "bob@localhost" && status === "online";
          }));
      });

      await context.step("the account's own person opens one with /ticket", async () => {
        const where = ["--connect", `xmpp://127.0.0.1:${server.ports.starttls}`];
        const trust = ["--ca", server.certificates.caFile, "--data", data];
        const args = ["client", `xmpp:${ALICE}`, "--json", "--room", "bob@localhost"];
        const { code, stdout, stderr } = await runProgram([...args, ...where, ...trust], {
          input: "/ticket please call him\n",
          env,
        });
        assert.equal(code, 0, stderr);
        assert.match(stdout, /on its way to the ticket system/);
        await using _service = await new Service(server, data, [`xmpp:${ALICE}`], env).online();
        await eventually("it is there, whichever run brought it", () =>
          desk.taken.some(({ call, body }) =>
            call === "POST tickets" && (body as { message: string }).message === "please call him"
          ));
      });
    }));
});

test("several accounts in one process, each with its kept password and its own state", async () => {
  await withServer("prosody", (server) =>
    withDataFolder(async (data) => {
      for (const user of ["alice", "carol"]) {
        const added = await runProgram(["account", "xmpp", "add", `${user}@localhost`], {
          input: `${user}-pw\n`,
          env: { CHATNODE_DATA: data },
        });
        assert.equal(added.code, 0, added.stderr);
        assert.doesNotMatch(added.stdout + added.stderr, /-pw/);
      }
      const listed = await runProgram(["account", "xmpp", "list", "--data", data]);
      assert.equal(listed.stdout, "alice@localhost\ncarol@localhost\n");
      const accounts = ["xmpp:alice@localhost", "xmpp:carol@localhost"];
      {
        await using service = await new Service(server, data, accounts, {}).online(2);
        await using bob = await person(server, "bob").online();
        for (const to of ["alice@localhost", "carol@localhost"]) {
          await bob.session.use(messages).send({ to, body: `to ${to}` }).accepted;
        }
        await eventually("both hear their own", () => {
          const rooms = service.lines().filter(({ type }) => type === "m.room.message")
            .map(({ room_id: room }) => room);
          return rooms.includes("xmpp:alice@localhost/bob@localhost") &&
            rooms.includes("xmpp:carol@localhost/bob@localhost");
        });
      }
      const kept = Array.from(Deno.readDirSync(join(data, "clients", "xmpp")), ({ name }) => name);
      assert.deepEqual(kept.toSorted(), ["alice@localhost", "carol@localhost"]);
      const removed = await runProgram(
        ["account", "xmpp", "remove", "carol@localhost", "--data", data],
      );
      assert.equal(removed.code, 0, removed.stderr);

      const env = { XMPP_PASSWORD: "wrong-secret" };
      await using service = new Service(server, data, accounts, env);
      const told = await eventually("what ended one is told", () =>
        service.complaints.includes("carol@localhost") ? service.complaints : undefined);
      assert.match(told, /carol@localhost: Cannot log in/);
      assert.doesNotMatch(told, /wrong-secret/);
      const line = (wanted: string) =>
        service.lines().find(({ type }) => type === wanted);
      const online = await eventually("the other one is there", () => line("chatnode.online"));
      assert.equal(online["account"], "alice@localhost");
      const { type: _, ...ended } = line("chatnode.ended") ?? {};
      assert.deepEqual(ended, {
        code: "xmpp/credentials",
        message: "Cannot log in: the name or the password is wrong",
        account: "carol@localhost",
      });
      assert.ok(!JSON.stringify(service.lines()).includes("wrong-secret"));
    }));
});

test("mistakes with several accounts and with the ticket system", async () => {
  const rows = [
    {
      why: "stdin cannot be for two",
      args: ["xmpp:a@localhost", "xmpp:b@localhost", "--json"],
      env: { XMPP_PASSWORD: "x" },
      says: /several accounts: stdin would be for all of them/,
    },
    {
      why: "a relay has no conversations of an account",
      args: ["xmpp:a@localhost", "tcp://localhost", "--headless"],
      env: { XMPP_PASSWORD: "x" },
      says: /several addresses: they take a full screen/,
    },
    {
      why: "the same account twice would take its own place",
      args: ["xmpp:a@localhost", "xmpp:A@localhost/desk", "--headless"],
      env: { XMPP_PASSWORD: "x" },
      says: /one is named twice/,
    },
    {
      why: "a token must not go in the clear",
      args: ["xmpp:a@localhost", "--json"],
      env: { XMPP_PASSWORD: "x", API_BASE_URL: "http://desk.example.com", API_TOKEN: "secret-t" },
      says: /its address is not https/,
    },
    {
      why: "a ticket system without a token lets nobody in",
      args: ["xmpp:a@localhost", "--json"],
      env: { XMPP_PASSWORD: "x", API_BASE_URL: "https://desk.example.com" },
      says: /it has no token/,
    },
  ];
  for (const { why, args, env, says } of rows) {
    await withDataFolder(async (data) => {
      const { code, stderr } = await runProgram(["client", ...args, "--data", data], { env });
      assert.notEqual(code, 0, why);
      assert.match(stderr, says, why);
      assert.doesNotMatch(stderr, /secret-t/);
    });
  }
});
