import assert from "node:assert/strict";
import { relayAnnouncement, type RelayFacts } from "../../src/commands/relay_announcement.ts";
import { test } from "../harness/test.ts";
import { memoryIo } from "./memory_io.ts";

const PLAIN: RelayFacts = {
  ...{ name: "node-test", host: "127.0.0.1", port: 50_000, data: "/data" },
  ...{ tls: "off", guests: "chat" },
};

const told: readonly {
  why: string;
  facts: Partial<RelayFacts>;
  ends: string;
  warns: boolean;
}[] = [
  { why: "for this machine", facts: {}, ends: "tcp://127.0.0.1:50000", warns: false },
  {
    why: "for others, in the clear",
    facts: { host: "0.0.0.0", tls: "optional" },
    ends: "tcp://127.0.0.1:50000",
    warns: true,
  },
  {
    why: "for others, by TLS only",
    facts: { host: "::", tls: "required" },
    ends: "tcp://127.0.0.1:50000",
    warns: false,
  },
  { why: "IPv6", facts: { host: "::1", port: 5 }, ends: "tcp://[::1]:5", warns: false },
];
for (const { why, facts, ends, warns } of told) {
  test(`the relay says where it is: ${why}`, () => {
    const text = relayAnnouncement({ ...PLAIN, ...facts }, memoryIo());
    assert(text.endsWith(`chatnode is ready: ${ends}\n`), text);
    assert.equal(text.includes("Warning:"), warns);
  });
}

test("the relay says who may come in", () => {
  const text = (guests: RelayFacts["guests"]) =>
    relayAnnouncement({ ...PLAIN, guests }, memoryIo());
  assert.match(text("chat"), /anybody who reaches the port may talk/);
  assert.match(text("listen"), /may listen; accounts may talk/);
  assert.match(text("off"), /accounts only/);
});
