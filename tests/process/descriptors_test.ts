/** A process that may open fewer files than it has callers. */
import assert from "node:assert/strict";
import { withDataFolder } from "../harness/data_folder.ts";
import { eventually, inTime } from "../harness/eventually.ts";
import { freePort } from "../harness/free_ports.ts";
import { RawConnection } from "../harness/raw_http.ts";
import { PROGRAM, type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { Bystanders } from "./bystanders.ts";
import { V1Client } from "./v1_client.ts";

/** Some 40 of them are taken by the program itself. */
const MOST = 90;

const LIMITED: readonly [string, ...string[]] = [
  "sh",
  "-c",
  `ulimit -n ${MOST} && exec "$@"`,
  "sh",
  ...PROGRAM,
];

/** What proves that a port lets somebody in: a greeting where there is one, else an answer. */
interface Door {
  readonly why: string;
  port(server: ServerProcess, relay: number): number;
  readonly send: string;
}

const doors: readonly Door[] = [
  {
    why: "HTTP",
    port: (server) => server.port,
    send: "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  },
  {
    why: "HTTP on the second port",
    port: (server) => server.port + 1,
    send: "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  },
  { why: "the relay", port: (_, relay) => relay, send: "Nell\n" },
];

for (const { why, port, send } of doors) {
  test(`${why}: out of file descriptors, then not any more`, () =>
    withDataFolder(async (data) => {
      const relay = freePort();
      const args = ["--relay", "--relay-port", String(relay), "--connections-per-second", "off"];
      await using server = await startServer({ data, program: LIMITED, args });
      await using bystanders = await Bystanders.join(server);
      const callers = await Promise.all(
        Array.from({ length: MOST }, () => RawConnection.open(port(server, relay))),
      );
      await eventually("the log says so", () => server.stderr.includes("no file descriptor"));
      await bystanders.chat();
      for (const caller of callers) caller.close();
      await eventually("somebody is let in again", async () => {
        using caller = await RawConnection.open(port(server, relay));
        await caller.write(send);
        return await inTime("a word", caller.take(1), 2_000).then(() => true, () => false);
      });
      await eventually("the log says that, too", () => server.stderr.includes("are free again"));
      assert.equal(server.stderr.match(/no file descriptor/g)?.length, 1, "said once");
      await bystanders.chatUntil(Promise.resolve());
      assert.equal((await server.stop()).code, 0);
    }));
}

test("a search that finds no file descriptor is refused, and costs nobody else anything", () =>
  withDataFolder(async (data) => {
    await using server = await startServer({ data, program: LIMITED });
    await using bystanders = await Bystanders.join(server);
    const { token } = await server.enter("sue");
    await using sue = await V1Client.open(server.ws, token, { rooms: [{ room: "lobby" }] });
    const search = () => sue.ask({ type: "search", text: "ines" });
    const callers = await Promise.all(
      Array.from({ length: MOST }, () => RawConnection.open(server.port)),
    );
    await eventually("the log says so", () => server.stderr.includes("no file descriptor"));
    await bystanders.chat();
    assert.equal((await search())["code"], "history/busy");
    await bystanders.chat();
    for (const caller of callers) caller.close();
    await eventually("the search works again", async () => {
      const { hits } = await search();
      return Array.isArray(hits) && hits.length > 1;
    });
    await bystanders.chatUntil(Promise.resolve());
    assert.equal((await server.stop()).code, 0);
  }));
