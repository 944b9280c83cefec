/** Capabilities as short texts: the examples of the specifications. */
import assert from "node:assert/strict";
import {
  caps2Hash,
  capsHash,
  type DiscoInfo,
} from "../../../../src/transports/xmpp/features/caps_hash.ts";
import { xml } from "../../../../src/transports/xmpp/xml.ts";
import { test } from "../../../harness/test.ts";

const EXODUS: DiscoInfo = {
  identities: [{ category: "client", type: "pc", lang: "", name: "Exodus 0.9.1" }],
  features: new Set([
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items",
    "http://jabber.org/protocol/muc",
    "http://jabber.org/protocol/caps",
  ]),
  forms: [],
};

test("XEP-0115, 5.2: the simple example", () => {
  assert.equal(capsHash(EXODUS), "QgayPKawpkPSDYmwT/WM94uAlu0=");
});

test("XEP-0115, 5.3: the complex example", () => {
  const field = (name: string, ...values: string[]) =>
    xml("field", { var: name }, values.map((value) => xml("value", null, value)));
  const form = xml(
    "x",
    "jabber:x:data",
    field("FORM_TYPE", "urn:xmpp:dataforms:softwareinfo"),
    field("ip_version", "ipv6", "ipv4"),
    field("os", "Mac"),
    field("os_version", "10.5.1"),
    field("software", "Psi"),
    field("software_version", "0.11"),
  );
  const psi = (lang: string, name: string) => ({ category: "client", type: "pc", lang, name });
  const info: DiscoInfo = {
    identities: [psi("en", "Psi 0.11"), psi("el", "\u03a8 0.11")],
    features: new Set([
      "http://jabber.org/protocol/caps",
      "http://jabber.org/protocol/disco#info",
      "http://jabber.org/protocol/disco#items",
      "http://jabber.org/protocol/muc",
    ]),
    forms: [form],
  };
  assert.equal(capsHash(info), "q07IKJEyjvHSyhy//CH0CxmKi8w=");
});

test("XEP-0390, 4.3: the simple example", () => {
  const info: DiscoInfo = {
    identities: [{ category: "client", type: "mobile", lang: "", name: "BombusMod" }],
    features: new Set([
      "http://jabber.org/protocol/si",
      "http://jabber.org/protocol/bytestreams",
      "http://jabber.org/protocol/chatstates",
      "http://jabber.org/protocol/disco#info",
      "http://jabber.org/protocol/disco#items",
      "urn:xmpp:ping",
      "jabber:iq:time",
      "jabber:iq:privacy",
      "jabber:iq:version",
      "http://jabber.org/protocol/rosterx",
      "urn:xmpp:time",
      "jabber:x:oob",
      "http://jabber.org/protocol/ibb",
      "http://jabber.org/protocol/si/profile/file-transfer",
      "urn:xmpp:receipts",
      "jabber:iq:roster",
      "jabber:iq:last",
    ]),
    forms: [],
  };
  assert.equal(caps2Hash(info), "kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8=");
});
