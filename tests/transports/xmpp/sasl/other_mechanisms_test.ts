/** PLAIN, the MD5 mechanisms and hashed tokens: what they say, and what they demand of the server. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { XmppError } from "../../../../src/transports/xmpp/errors.ts";
import { cramMd5, digestMd5 } from "../../../../src/transports/xmpp/sasl/digest_md5.ts";
import { hashedToken } from "../../../../src/transports/xmpp/sasl/hashed_token.ts";
import { plain } from "../../../../src/transports/xmpp/sasl/simple.ts";
import { test } from "../../../harness/test.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

test("PLAIN is UTF-8", async () => {
  const said = await plain("\u00e4lice", "pa\u20acs\u65e5").first();
  assert.equal(text(said), "\0\u00e4lice\0pa\u20acs\u65e5");
});

test("PLAIN answers no challenge", async () => {
  await assert.rejects(plain("a", "b").next(bytes("more")), XmppError);
});

test("CRAM-MD5 gives the answer of RFC 2195, 2", async () => {
  const mechanism = cramMd5("tim", "tanstaaftanstaaf");
  assert.equal(await mechanism.first(), undefined);
  const challenge = "<1896.697170952@postoffice.reston.mci.net>";
  assert.equal(
    text(await mechanism.next(bytes(challenge))),
    "tim b913a602c7eda7a495b4e6e7334d3890",
  );
});

const OPTIONS = {
  username: "chris",
  password: "secret",
  domain: "elwood.innosoft.com",
  nonce: "OA6MHXh6VqTrRk",
};
const CHALLENGE = 'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",' +
  "algorithm=md5-sess,charset=utf-8";

test("DIGEST-MD5 answers as RFC 2831 has it, and wants the server's answer", async () => {
  const mechanism = digestMd5(OPTIONS);
  const response = text(await mechanism.next(bytes(CHALLENGE)));
  assert.match(response, /username="chris"/);
  assert.match(response, /digest-uri="xmpp\/elwood\.innosoft\.com"/);
  // RFC 2831 has its example for imap; this is the same computation for xmpp.
  assert.match(response, /response=[0-9a-f]{32}$/);
  await assert.rejects(mechanism.finish(undefined), XmppError);
  await assert.rejects(
    mechanism.next(bytes("rspauth=00000000000000000000000000000000")),
    XmppError,
  );
});

const BROKEN: readonly { readonly challenge: string; readonly why: string }[] = [
  { challenge: CHALLENGE.replace('nonce="OA6MG9tEQGm2hh",', ""), why: "no nonce" },
  { challenge: CHALLENGE.replace("md5-sess", "md5"), why: "another algorithm" },
  { challenge: CHALLENGE.replace('"auth"', '"auth-conf"'), why: "another protection" },
  { challenge: "x".repeat(5_000), why: "more than any server says" },
];

for (const { challenge, why } of BROKEN) {
  test(`a challenge of DIGEST-MD5 is refused: ${why}`, async () => {
    await assert.rejects(digestMd5(OPTIONS).next(bytes(challenge)), XmppError);
  });
}

test("a token proves itself and demands a proof of the server", async () => {
  const binding = new Uint8Array([7, 7]);
  const token = { mechanism: "HT-SHA-256-ENDP", token: "a token", expires: 0, count: 0 } as const;
  const mac = (who: string): Uint8Array =>
    new Uint8Array(createHmac("sha256", "a token").update(who).update(binding).digest());
  const mechanism = hashedToken("alice", token, binding);
  const said = await mechanism.first();
  assert.deepEqual(said, new Uint8Array([...bytes("alice\0"), ...mac("Initiator")]));
  await mechanism.finish(mac("Responder"));
  await assert.rejects(mechanism.finish(undefined), XmppError);
  await assert.rejects(mechanism.finish(mac("Initiator")), XmppError);
});
