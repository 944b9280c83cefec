import assert from "node:assert/strict";
import {
  bucketUrl,
  hostName,
  issuer,
  network,
  nodeName,
  origin,
  roomAge,
} from "../../src/config/forms.ts";
import { boolean, integer, type Kind, list, orOff, path, Refused } from "../../src/config/kinds.ts";
import { choice } from "../../src/config/kinds.ts";

interface Row {
  readonly kind: Kind<unknown>;
  readonly text: string;
  /** Undefined: refused. */
  readonly value: unknown;
  readonly why: string;
}

const AGE = orOff(integer(1, 30));

const rows: readonly Row[] = [
  { kind: nodeName(), text: "node-1a2b3c", value: "node-1a2b3c", why: "a made up name" },
  { kind: nodeName(), text: "chat.example.org", value: "chat.example.org", why: "a DNS name" },
  { kind: nodeName(), text: "Chat", value: undefined, why: "upper case would split addresses" },
  { kind: nodeName(), text: "a@b", value: undefined, why: "@ parts an address" },
  { kind: nodeName(), text: "-a", value: undefined, why: "a dash at the edge" },
  { kind: nodeName(), text: "a".repeat(64), value: undefined, why: "longer than a label" },
  { kind: nodeName(), text: "", value: undefined, why: "nothing" },
  { kind: hostName(), text: "0.0.0.0", value: "0.0.0.0", why: "every IPv4 address" },
  { kind: hostName(), text: "::", value: "::", why: "every address" },
  { kind: hostName(), text: "::ffff:1.2.3.4", value: "::ffff:1.2.3.4", why: "a mapped address" },
  { kind: hostName(), text: "fe80::1%eth0", value: "fe80::1%eth0", why: "a zone" },
  { kind: hostName(), text: "my-host.local", value: "my-host.local", why: "a name" },
  { kind: hostName(), text: "256.0.0.1", value: undefined, why: "no address, and no name" },
  { kind: hostName(), text: "[::1]", value: undefined, why: "brackets are for URLs" },
  { kind: hostName(), text: "localhost:80", value: undefined, why: "the port has a flag" },
  { kind: hostName(), text: "a b", value: undefined, why: "a space" },
  { kind: network(), text: "10.0.0.0/8", value: "10.0.0.0/8", why: "a network" },
  { kind: network(), text: "fd00::/8", value: "fd00::/8", why: "an IPv6 network" },
  { kind: network(), text: "10.0.0.0/33", value: undefined, why: "more bits than there are" },
  { kind: network(), text: "10.0.0/8", value: undefined, why: "three parts" },
  { kind: network(), text: "localhost", value: undefined, why: "a name is no network" },
  { kind: origin(), text: "https://a.example/", value: undefined, why: "an origin has no path" },
  { kind: origin(), text: "https://A.example:443", value: "https://a.example", why: "as sent" },
  { kind: origin(), text: "http://[::1]:3000", value: "http://[::1]:3000", why: "IPv6" },
  { kind: origin(), text: "a.example", value: undefined, why: "no scheme" },
  { kind: origin(), text: "https://u:p@a.example", value: undefined, why: "credentials" },
  { kind: origin(), text: "null", value: undefined, why: "an opaque origin may be anybody" },
  { kind: bucketUrl(), text: "s3://b/p?region=x", value: "s3://b/p?region=x", why: "a place" },
  { kind: bucketUrl(), text: "https://a.b/c", value: "https://a.b/c", why: "Azure's form" },
  { kind: bucketUrl(), text: "https://a.b/c?sv=1&sig=x", value: undefined, why: "a signature" },
  { kind: bucketUrl(), text: "s3://id:secret@b", value: undefined, why: "a password" },
  { kind: bucketUrl(), text: "ftp://b?sig=x", value: undefined, why: "no store" },
  { kind: bucketUrl(), text: "share/chat", value: "/base/share/chat", why: "a folder" },
  { kind: roomAge(AGE), text: "lobby=30", value: { room: "lobby", age: 30 }, why: "an age" },
  { kind: roomAge(AGE), text: "a=b=off", value: { room: "a=b", age: "off" }, why: "the last =" },
  { kind: roomAge(AGE), text: "lobby", value: undefined, why: "no age" },
  { kind: roomAge(AGE), text: "=30", value: undefined, why: "no room" },
  { kind: roomAge(AGE), text: "lobby=31", value: undefined, why: "beyond" },
  { kind: issuer(), text: "chat node", value: undefined, why: "a space" },
  { kind: integer(0, 10), text: "10", value: 10, why: "the bound" },
  { kind: integer(0, 10), text: "11", value: undefined, why: "beyond" },
  { kind: integer(0, 10), text: "1.0", value: undefined, why: "a fraction" },
  { kind: integer(0, 10), text: "0x1", value: undefined, why: "hexadecimal" },
  { kind: integer(0, 10), text: " 1", value: undefined, why: "a space" },
  { kind: integer(0, 10), text: "", value: undefined, why: "nothing" },
  { kind: integer(-5, 5), text: "-5", value: -5, why: "below zero" },
  { kind: orOff(integer(1, 5)), text: "off", value: "off", why: "the word" },
  { kind: orOff(integer(1, 5)), text: "none", value: undefined, why: "another word" },
  { kind: boolean(), text: "YES", value: true, why: "a common spelling" },
  { kind: boolean(), text: "0", value: false, why: "a common spelling" },
  { kind: boolean(), text: "maybe", value: undefined, why: "neither" },
  { kind: choice("a", "b"), text: "b", value: "b", why: "listed" },
  { kind: choice("a", "b"), text: "B", value: undefined, why: "case counts" },
  { kind: list(integer(1, 5)), text: "1, 2,,3", value: [1, 2, 3], why: "spaces and gaps" },
  { kind: list(integer(1, 5)), text: "1,9", value: undefined, why: "one of them is wrong" },
  { kind: list(integer(1, 5)), text: "", value: [], why: "no element" },
  { kind: path("file"), text: "a/../b", value: "/base/b", why: "relative to the base" },
  { kind: path("file"), text: "/a", value: "/a", why: "absolute" },
  { kind: path("file"), text: "", value: undefined, why: "nothing" },
  { kind: path("file"), text: "a\0b", value: undefined, why: "no system takes NUL" },
  { kind: path("folder"), text: "~/a", value: undefined, why: "no shell was there" },
];

for (const { kind, text, value, why } of rows) {
  Deno.test(`"${text.slice(0, 30)}" ${value === undefined ? "is not" : "is"} ${kind.wants}: ${why}`, () => {
    if (value === undefined) {
      assert.throws(() => kind.parse(text, "/base"), Refused);
      return;
    }
    const read = kind.parse(text, "/base");
    assert.deepEqual(read, value);
    assert.deepEqual(kind.parse(kind.print(value), "/base"), value, "printed and read");
    assert.deepEqual(kind.accept(kind.json(value), "/base"), value, "as JSON and read");
  });
}

Deno.test("JSON of another type is refused by every kind", () => {
  const kinds = [
    nodeName(),
    network(),
    origin(),
    integer(0, 1),
    boolean(),
    choice("a"),
    path("file"),
  ];
  for (const kind of [...kinds, list(boolean()), orOff(integer(0, 1))]) {
    for (const value of [null, {}, [[]], 0.5, undefined]) {
      assert.throws(() => kind.accept(value, "/base"), Refused, kind.wants);
    }
  }
});

Deno.test("what is refused is quoted short and inert", () => {
  assert.throws(() => integer(0, 1).parse(`\x1b[2J${"x".repeat(500)}`, "/"), (error: unknown) => {
    assert.ok(error instanceof Refused);
    assert.ok(error.message.length < 120);
    assert.ok(error.message.startsWith('"\\u001b[2Jxxx'));
    return true;
  });
});

Deno.test("a bucket that is refused does not give away its signature", () => {
  for (const text of ["https://a.b/c?sig=hush", "http://a.b/c?sig=hush", "x3://k:hush@b"]) {
    assert.throws(() => bucketUrl().parse(text, "/"), (error: unknown) => {
      assert.ok(error instanceof Refused);
      assert.ok(!`${error.message} ${error.hint}`.includes("hush"));
      return true;
    });
  }
});
