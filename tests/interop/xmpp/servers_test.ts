/** The servers that other suites rely on come up, side by side, and go. */
import assert from "node:assert/strict";
import { inTime } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";
import { KINDS, withServer } from "./servers/servers.ts";

const OPEN =
  "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' " +
  "xmlns:stream='http://etherx.jabber.org/streams'>";

/** What the server says first, up to its features. */
async function greeting(port: number): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(OPEN));
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("</stream:features>")) {
    const count = await inTime("the greeting", connection.read(buffer));
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return text;
}

for (const kind of KINDS) {
  test(`${kind} comes up twice side by side and restarts on its ports`, async () => {
    await withServer(kind, async (one) => {
      await withServer(kind, async (other) => {
        assert.notEqual(one.ports.starttls, other.ports.starttls);
        for (const { ports } of [one, other]) {
          assert.match(await greeting(ports.starttls), /<starttls.*<required\/>/);
        }
        await other.stop();
        await assert.rejects(greeting(other.ports.starttls), Deno.errors.ConnectionRefused);
        await other.start();
        assert.match(await greeting(other.ports.starttls), /<starttls/);
      });
    });
  });
}
