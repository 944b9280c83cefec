import assert from "node:assert/strict";
import { type Certificate, checkCertificate } from "../../src/wire/certificate.ts";
import { FIRST_CERTIFICATE, SECOND_CERTIFICATE } from "../harness/certificates.ts";
import { test } from "../harness/test.ts";

const { cert, key } = FIRST_CERTIFICATE;
const [begin, ...rest] = cert.split("\n");

const good: readonly { why: string; certificate: Certificate }[] = [
  { why: "one certificate and its key", certificate: { cert, key } },
  { why: "a chain, the own one first", certificate: { cert: cert + SECOND_CERTIFICATE.cert, key } },
  { why: "words between the blocks", certificate: { cert: `subject=CN = x\n${cert}`, key } },
  { why: "CRLF", certificate: { cert: cert.replaceAll("\n", "\r\n"), key } },
];

for (const { why, certificate } of good) {
  test("a certificate that can be used passes", () => checkCertificate(certificate), { why });
}

const bad: readonly { why: string; certificate: Certificate; says: RegExp }[] = [
  { why: "an empty file", certificate: { cert: "", key }, says: /tls-cert holds none/ },
  { why: "any text", certificate: { cert: "none", key }, says: /tls-cert holds none/ },
  { why: "the two files mixed up", certificate: { cert: key, key: cert }, says: /tls-cert holds/ },
  {
    why: "a file that is cut off",
    certificate: { cert: cert.slice(0, cert.length / 2), key },
    says: /tls-cert holds none/,
  },
  {
    why: "a line that is missing",
    certificate: { cert: [begin, ...rest.slice(1)].join("\n"), key },
    says: /tls-cert is damaged/,
  },
  {
    why: "a chain of which a later one is damaged",
    certificate: { cert: cert + [begin, ...rest.slice(1)].join("\n"), key },
    says: /tls-cert is damaged/,
  },
  { why: "no key", certificate: { cert, key: "" }, says: /tls-key holds no private key/ },
  { why: "a certificate for a key", certificate: { cert, key: cert }, says: /no private key/ },
  {
    why: "the key of another one, as in the middle of a renewal",
    certificate: { cert, key: SECOND_CERTIFICATE.key },
    says: /tls-key is another one's key/,
  },
];

for (const { why, certificate, says } of bad) {
  test("a certificate that cannot be used is refused before it is", () => {
    assert.throws(() => checkCertificate(certificate), (error: Error & { code?: string }) => {
      assert.equal(error.code, "tls/certificate");
      assert.match(error.message, says);
      return true;
    });
  }, { why });
}
