/** Which mechanism is taken, and what is never taken. */
import assert from "node:assert/strict";
import { XmppError } from "../../../../src/transports/xmpp/errors.ts";
import { type Choice, chooseMechanism } from "../../../../src/transports/xmpp/sasl/choose.ts";
import { test } from "../../../harness/test.ts";

const ALL =
  "ANONYMOUS,EXTERNAL,CRAM-MD5,DIGEST-MD5,PLAIN,SCRAM-SHA-1,SCRAM-SHA-1-PLUS,SCRAM-SHA-256," +
  "SCRAM-SHA-256-PLUS,SCRAM-SHA-512,SCRAM-SHA-512-PLUS";
const BASE: Choice = {
  offered: ALL.split(","),
  credentials: { kind: "password", username: "alice", password: "pencil" },
  domain: "example.org",
  privacy: "encrypted",
  binding: undefined,
  earlier: undefined,
  nonce: () => "nonce",
};
const BINDING = new Uint8Array(32);

const CASES: readonly {
  readonly given: Partial<Choice>;
  readonly takes: string;
  readonly why: string;
}[] = [
  { given: {}, takes: "SCRAM-SHA-512", why: "the strongest" },
  { given: { binding: BINDING }, takes: "SCRAM-SHA-512-PLUS", why: "bound where it can be" },
  {
    given: { binding: BINDING, offered: ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-512"] },
    takes: "SCRAM-SHA-1-PLUS",
    why: "a binding is worth more than a longer hash",
  },
  { given: { offered: ["PLAIN", "SCRAM-SHA-1"] }, takes: "SCRAM-SHA-1", why: "a proof" },
  { given: { offered: ["DIGEST-MD5", "PLAIN"] }, takes: "PLAIN", why: "broken ones come last" },
  { given: { offered: ["CRAM-MD5", "DIGEST-MD5"] }, takes: "DIGEST-MD5", why: "old servers" },
  { given: { offered: ["CRAM-MD5"] }, takes: "CRAM-MD5", why: "the last resort" },
  {
    given: { offered: ["PLAIN", "DIGEST-MD5"], privacy: "insecure-plaintext" },
    takes: "PLAIN",
    why: "who insists on no encryption has been told",
  },
  { given: { credentials: { kind: "anonymous" } }, takes: "ANONYMOUS", why: "nobody" },
  {
    given: { credentials: { kind: "certificate", username: "alice" } },
    takes: "EXTERNAL",
    why: "a certificate",
  },
  {
    given: { earlier: "SCRAM-SHA-512", offered: ["SCRAM-SHA-1"] },
    takes: "SCRAM-SHA-1",
    why: "still a proof",
  },
  { given: { earlier: "PLAIN", offered: ["PLAIN"] }, takes: "PLAIN", why: "it never was more" },
];

for (const { given, takes, why } of CASES) {
  test(`takes ${takes}: ${why}`, () => {
    assert.equal(chooseMechanism({ ...BASE, ...given }).name, takes);
  });
}

const REFUSALS: readonly {
  readonly given: Partial<Choice>;
  readonly code: string;
  readonly why: string;
}[] = [
  { given: { offered: [] }, code: "xmpp/mechanism", why: "nothing is offered" },
  { given: { offered: ["X-OAUTH2"] }, code: "xmpp/mechanism", why: "nothing known is offered" },
  {
    given: { offered: ["DIGEST-MD5", "CRAM-MD5"], privacy: "insecure-plaintext" },
    code: "xmpp/mechanism",
    why: "broken ones only over TLS",
  },
  {
    given: { offered: ["SCRAM-SHA-1-PLUS"] },
    code: "xmpp/mechanism",
    why: "it cannot be bound in a way that the server announces",
  },
  {
    given: { offered: ["PLAIN"], earlier: "SCRAM-SHA-256" },
    code: "xmpp/server-proof",
    why: "who has proved themselves before does not suddenly want the password itself",
  },
  {
    given: { offered: ["PLAIN"], credentials: { kind: "anonymous" } },
    code: "xmpp/mechanism",
    why: "nobody has no password",
  },
];

for (const { given, code, why } of REFUSALS) {
  test(`takes nothing: ${why}`, () => {
    assert.throws(
      () => chooseMechanism({ ...BASE, ...given }),
      (error) => error instanceof XmppError && error.code === code,
    );
  });
}

test("a client that could bind says so to a server that is said to be unable", async () => {
  const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);
  const can = { ...BASE, binding: BINDING };
  const without = chooseMechanism({ ...can, offered: ["SCRAM-SHA-1"] });
  assert.ok(text(await without.first()).startsWith("y,,"));
  const never = chooseMechanism({ ...BASE, offered: ["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"] });
  assert.ok(text(await never.first()).startsWith("n,,"));
});
