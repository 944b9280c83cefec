/**
 * What every transport of `chatnode.v1` owes it (`src/protocol/connection.ts`), seen from outside:
 * whole frames in order, at the reader's pace, within bounds, and a last word before the end.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { History } from "../../src/history/contract.ts";
import type { Hub } from "../../src/hub/contract.ts";
import { eventually } from "../harness/eventually.ts";
import { test } from "../harness/test.ts";

/** A frame of the server, as far as this suite looks at it. */
export interface Answer {
  readonly type: string;
  readonly ref?: string;
  readonly code?: string;
  readonly offset?: number;
  readonly event?: { readonly content: { readonly body?: string } };
}

/** A client that has said hello and had its welcome. */
export interface Speaker {
  send(frame: Record<string, unknown> | string): void | Promise<void>;
  next(): Promise<Answer>;
  /** Resolves when the server has ended the connection. */
  gone(): Promise<unknown>;
  close(): void | Promise<unknown>;
}

/** A running server of one transport. Its hub limits no rates, a link's queue is 256 KiB. */
export interface Served {
  readonly hub: Hub;
  readonly history: History;
  enter(name: string, hello?: Record<string, unknown>): Promise<Speaker>;
}

/** Runs `body` with a server of its own. */
export type Serve = (body: (served: Served) => Promise<void>) => Promise<void>;

const LOBBY = { rooms: [{ room: "lobby" }] };

type Case = readonly [name: string, run: (served: Served) => Promise<void>];

const CASES: readonly Case[] = [
  ["frames arrive whole, whatever their length", async ({ enter }) => {
    const [author, reader] = [await enter("alice"), await enter("bob", LOBBY)];
    await until(reader, "joined");
    for (const length of [1, 60, 65, 125, 126, 1_000, 65_500, 65_536, 200_000]) {
      const body = "\u20ac".repeat(length / 3) + "x".repeat(length % 3 || 1);
      await author.send({ type: "send", room: "lobby", body });
      await until(author, "ack");
      assert.equal((await until(reader, "event")).event?.content.body, body);
    }
    await author.close();
    await reader.close();
  }],
  ["frames keep their order in both directions", async ({ enter }) => {
    const [author, reader] = [await enter("alice"), await enter("bob", LOBBY)];
    await until(reader, "joined");
    for (let number = 0; number < 2_000; number++) {
      await author.send({ type: "send", ref: `${number}`, room: "lobby", body: `m${number}` });
    }
    for (let number = 0; number < 2_000; number++) {
      const ack = await until(author, "ack");
      assert.deepEqual([ack.ref, ack.offset], [`${number}`, number]);
      assert.equal((await until(reader, "event")).event?.content.body, `m${number}`);
    }
    await author.close();
    await reader.close();
  }],
  ["a backlog beyond the queue's bound comes at the reader's pace", async (served) => {
    const { enter, hub, history } = served;
    const author = await enter("alice");
    const body = "x".repeat(50_000);
    for (let number = 0; number < 100; number++) {
      await author.send({ type: "send", room: "lobby", body: `${number} ${body}` });
      await until(author, "ack");
    }
    const reader = await enter("bob", {
      epoch: history.epoch,
      rooms: [{ room: "lobby", offset: 0 }],
    });
    await until(reader, "joined");
    // Nothing is read for as long as another whole conversation takes.
    for (let number = 0; number < 200; number++) {
      await author.send({ type: "ping" });
      await until(author, "pong");
    }
    for (let number = 0; number < 100; number++) {
      assert.equal((await until(reader, "event")).offset, number);
    }
    assert.equal(hub.counters.slowDropped, 0);
    await author.close();
    await reader.close();
  }],
  ["a reader that stops is dropped at the bound, the others are unharmed", async (served) => {
    const { enter, hub } = served;
    const lazy = await enter("lazy", LOBBY);
    const eager = await enter("eager", LOBBY);
    await until(eager, "joined");
    const author = await enter("alice");
    const body = "x".repeat(100_000);
    let sent = 0;
    for (; hub.counters.slowDropped === 0; sent++) {
      assert(sent < 1_000, "the bound holds");
      await author.send({ type: "send", room: "lobby", body });
      await until(author, "ack");
      assert.equal((await until(eager, "event")).offset, sent);
    }
    await eventually("the session is over", () => hub.counters.sessions === 2);
    await author.close();
    await eager.close();
    await lazy.close();
  }],
  ["the last word comes before the end", async ({ enter, hub }) => {
    const client = await enter("alice", LOBBY);
    await until(client, "joined");
    assert.equal(hub.kick("alice"), 1);
    assert.equal((await until(client, "error")).code, "session/kicked");
    await client.gone();
    await client.close();
    await eventually("the session is over", () => hub.counters.sessions === 0);
  }],
  ["a bad frame costs one error", async ({ enter }) => {
    const client = await enter("alice");
    await client.send("not JSON");
    assert.equal((await until(client, "error")).code, "protocol/json");
    await client.send({ type: "ping", ref: "fine" });
    assert.equal((await until(client, "pong")).ref, "fine");
    await client.close();
  }],
  ["a client that goes is gone from the hub", async ({ enter, hub }) => {
    const client = await enter("alice", LOBBY);
    await client.close();
    await eventually("the session is over", () => hub.counters.sessions === 0);
    assert.deepEqual(hub.people(), []);
  }],
];

/** The next frame of that type; live signals of others are skipped. */
async function until(speaker: Speaker, type: string): Promise<Answer> {
  for (;;) {
    const answer = await speaker.next();
    if (answer.type === type) return answer;
    assert(["presence", "member", "joined"].includes(answer.type), `${answer.type} ${answer.code}`);
  }
}

/** Registers the suite for one transport. */
export function connectionSuite(transport: string, serve: Serve): void {
  for (const [name, run] of CASES) test(`${transport}: ${name}`, () => serve(run));
}
