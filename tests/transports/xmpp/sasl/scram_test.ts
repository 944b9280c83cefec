/** SCRAM: the vectors of the RFCs, and servers that do not prove what they should. */
import assert from "node:assert/strict";
import { XmppError } from "../../../../src/transports/xmpp/errors.ts";
import { Scram, type ScramOptions } from "../../../../src/transports/xmpp/sasl/scram.ts";
import { test } from "../../../harness/test.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

const SHA1: ScramOptions = {
  hash: "SHA-1",
  username: "user",
  password: "pencil",
  nonce: "fyko+d2lbbFgONRv9qkxdawL",
  binding: { kind: "none" },
};
const FIRST = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
const FINAL = "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=";

test("SCRAM-SHA-1 gives the messages of RFC 5802, 5", async () => {
  const scram = new Scram(SHA1);
  assert.equal(scram.name, "SCRAM-SHA-1");
  assert.equal(text(await scram.first()), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
  assert.equal(
    text(await scram.next(bytes(FIRST))),
    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
  );
  await scram.finish(bytes(FINAL));
});

test("SCRAM-SHA-256 gives the messages of RFC 7677, 3", async () => {
  const scram = new Scram({ ...SHA1, hash: "SHA-256", nonce: "rOprNGfwEbeRWgbNEkqO" });
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  assert.equal(
    text(await scram.next(bytes(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`))),
    `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  );
  await scram.finish(bytes("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
});

test("the server's signature may come as a last challenge", async () => {
  const scram = new Scram(SHA1);
  await scram.next(bytes(FIRST));
  assert.equal((await scram.next(bytes(FINAL))).length, 0);
  await scram.finish(undefined);
});

test("names are escaped, prepared, and bound to the connection", async () => {
  const data = new Uint8Array([1, 2, 3]);
  const binding = { kind: "tls-server-end-point", data } as const;
  const scram = new Scram({ ...SHA1, username: "a=b,\u00aac\u00ad", binding });
  assert.equal(scram.name, "SCRAM-SHA-1-PLUS");
  assert.equal(
    text(await scram.first()),
    `p=tls-server-end-point,,n=a=3Db=2Cac,r=${SHA1.nonce}`,
  );
  const bound = btoa("p=tls-server-end-point,,\x01\x02\x03");
  assert.ok(text(await scram.next(bytes(FIRST))).startsWith(`c=${bound},`));
  const unused = new Scram({ ...SHA1, binding: { kind: "unused" } });
  assert.ok(text(await unused.first()).startsWith("y,,"));
});

const CHALLENGES: readonly { readonly challenge: string; readonly why: string }[] = [
  { challenge: "r=ATTACKER,s=QSXCR+Q6sek8bf92,i=4096", why: "another nonce" },
  { challenge: `r=${SHA1.nonce},s=QSXCR+Q6sek8bf92,i=4096`, why: "our nonce alone" },
  { challenge: "r=fyko+d2lb,s=QSXCR+Q6sek8bf92,i=4096", why: "a part of our nonce" },
  { challenge: FIRST.replace("i=4096", "i=1"), why: "one iteration" },
  { challenge: FIRST.replace("i=4096", "i=4095"), why: "one iteration too few" },
  { challenge: FIRST.replace("i=4096", "i=99999999"), why: "iterations without end" },
  { challenge: FIRST.replace("i=4096", "i=0x1000"), why: "a number that is none" },
  { challenge: FIRST.replace("i=4096", "i=04096"), why: "a number in another form" },
  { challenge: FIRST.replace("s=QSXCR+Q6sek8bf92", "s=!!!!"), why: "a salt that is no base64" },
  { challenge: FIRST.replace(",s=QSXCR+Q6sek8bf92", ""), why: "no salt" },
  { challenge: `m=x,${FIRST}`, why: "an extension that we must understand" },
  { challenge: "e=other-error", why: "an error" },
  { challenge: `${FIRST},x=${"y".repeat(5_000)}`, why: "more than any server says" },
  { challenge: "", why: "nothing" },
];

for (const { challenge, why } of CHALLENGES) {
  test(`a challenge is refused before anything is derived: ${why}`, async () => {
    const scram = new Scram(SHA1);
    await scram.first();
    await assert.rejects(scram.next(bytes(challenge)), isUnproven);
  });
}

const ENDINGS: readonly { readonly final: string | undefined; readonly why: string }[] = [
  { final: undefined, why: "no proof at all" },
  { final: "", why: "an empty one" },
  { final: "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", why: "a wrong one" },
  { final: "v=rmF9", why: "a short one" },
  { final: "v=", why: "one of no length" },
  { final: "e=invalid-proof", why: "an error that is called success" },
];

for (const { final, why } of ENDINGS) {
  test(`a login does not count without the server's proof: ${why}`, async () => {
    const scram = new Scram(SHA1);
    await scram.next(bytes(FIRST));
    await assert.rejects(
      scram.finish(final === undefined ? undefined : bytes(final)),
      isUnproven,
    );
  });
}

test("success before the server has said anything is none", async () => {
  const scram = new Scram(SHA1);
  await assert.rejects(scram.finish(bytes(FINAL)), isUnproven);
});

test("a password with a control character is no password", () => {
  assert.throws(() => new Scram({ ...SHA1, username: "a\u0007" }), XmppError);
});

function isUnproven(error: unknown): boolean {
  return error instanceof XmppError && error.code === "xmpp/server-proof";
}
