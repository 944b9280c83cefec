/** Nothing that XMPP forbids, and nothing without a bound, reaches the XML parser. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { XmppError } from "../../../../src/transports/xmpp/errors.ts";
import { XmlGuard } from "../../../../src/transports/xmpp/stream/xml_guard.ts";
import { type Element, Parser, xml } from "../../../../src/transports/xmpp/xml.ts";
import { test } from "../../../harness/test.ts";

const HEADER = "<stream:stream xmlns='jabber:client' xmlns:stream='s'>";
const BOUNDS = { stanza: 2_000, depth: 8 };

/** The stanzas that come out of a guard and the parser behind it, and how it ended. */
function read(chunks: readonly string[], bounds = BOUNDS): { stanzas: string[]; fault?: string } {
  const guard = new XmlGuard("stream", bounds);
  const parser = new Parser();
  const stanzas: string[] = [];
  parser.on("element", (element: Element) => stanzas.push(element.toString()));
  try {
    for (const chunk of chunks) {
      const admitted = guard.feed(chunk);
      if (admitted !== "") parser.write(admitted);
    }
    return { stanzas };
  } catch (error) {
    assert.ok(error instanceof XmppError, String(error));
    assert.equal(error.code, "xmpp/protocol");
    return { stanzas, fault: error.message };
  }
}

const REFUSED: readonly { readonly text: string; readonly why: string; readonly says: RegExp }[] = [
  { text: "<!DOCTYPE a>", why: "a document type", says: /document type/ },
  { text: "<!DOCTYPE a [<!ENTITY b 'c'>]>", why: "entities grow without bound", says: /document/ },
  { text: "<!-- hello -->", why: "comments are forbidden", says: /comment/ },
  { text: "<?php echo 1 ?>", why: "an instruction", says: /instruction/ },
  {
    text: "<?xml version='1.0'?>",
    why: "a declaration that is not the first",
    says: /instruction/,
  },
  { text: "hello<a/>", why: "text between stanzas", says: /outside/ },
  { text: "</stream:stream></a>", why: "more ends than beginnings", says: /had not opened/ },
  { text: "<a>\u0001</a>", why: "a control character", says: /forbids/ },
  { text: "<a b='\u0000'/>", why: "a control character in an attribute", says: /forbids/ },
  { text: "<a>".repeat(9), why: "too deep by one", says: /too deep/ },
  { text: "<a>".repeat(8) + "<b/>", why: "an empty element is a level too", says: /too deep/ },
  { text: "<a>".repeat(10_000), why: "a stack that grows for ever", says: /too deep/ },
  { text: `<a>${"x".repeat(2_000)}</a>`, why: "text out of bounds", says: /more than 2000/ },
  { text: `<a b='${"x".repeat(2_000)}'/>`, why: "a tag out of bounds", says: /more than 2000/ },
  { text: `<a>${"x".repeat(10_000_000)}`, why: "ten megabytes without an end", says: /more than/ },
  { text: `<a>${"<b/>".repeat(600)}</a>`, why: "many small elements", says: /more than/ },
  { text: `<a><![CDATA[${"x".repeat(2_000)}`, why: "a section without an end", says: /more than/ },
];

for (const { text, why, says } of REFUSED) {
  test(`refused: ${why}`, () => {
    const { fault } = read(["<?xml version='1.0'?>", HEADER, text]);
    assert.match(fault ?? "", says);
  });
}

const ADMITTED: readonly { readonly text: string; readonly gives: string; readonly why: string }[] =
  [
    { text: "<a/>", gives: "<a/>", why: "an empty stanza" },
    { text: " \n<a>x</a> ", gives: "<a>x</a>", why: "white space keeps a connection alive" },
    { text: "<a b='x > y'/>", gives: '<a b="x &gt; y"/>', why: "a quoted > ends no tag" },
    { text: `<a b="it's"/>`, gives: '<a b="it&apos;s"/>', why: "the other quote" },
    { text: "<a>1 > 0</a>", gives: "<a>1 &gt; 0</a>", why: "a bare > is text" },
    {
      text: "<a><![CDATA[<b>&]]>c</a>",
      gives: "<a>&lt;b&gt;&amp;c</a>",
      why: "a section and more",
    },
    { text: "<a><![CDATA[]]></a>", gives: "<a/>", why: "an empty section" },
    {
      text: "<a>&lt;&#x20AC;&#128512;</a>",
      gives: "<a>&lt;\u20ac\u{1f600}</a>",
      why: "references",
    },
    {
      text: "<a>".repeat(8) + "</a>".repeat(8),
      gives: "<a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a>",
      why: "as deep as allowed",
    },
  ];

for (const { text, gives, why } of ADMITTED) {
  test(`admitted: ${why}`, () => {
    assert.deepEqual(read([HEADER, text]), { stanzas: [gives] });
  });
  test(`admitted character by character: ${why}`, () => {
    assert.deepEqual(read([...HEADER, ...text]), { stanzas: [gives] });
  });
}

test("many stanzas of allowed size are no stanza of too large a size", () => {
  const { stanzas, fault } = read([HEADER, "<a>hello</a>".repeat(5_000)]);
  assert.equal(fault, undefined);
  assert.equal(stanzas.length, 5_000);
});

test("frames are stanzas without a stream around them", () => {
  const guard = new XmlGuard("frames", BOUNDS);
  assert.equal(guard.feed("<open xmlns='f'/>"), "<open xmlns='f'/>");
  assert.equal(
    guard.feed("<message><body>x</body></message>"),
    "<message><body>x</body></message>",
  );
  assert.throws(() => guard.feed("hello<a/>"), XmppError);
});

const TEXT = fc.string({
  unit: fc.constantFrom("a", "<", ">", "&", "'", '"', "]", "\u20ac", "\u{1f600}", " "),
});
const TREE = fc.letrec((tie) => ({
  node: fc.tuple(TEXT, fc.oneof({ maxDepth: 2 }, TEXT, tie("children"))),
  children: fc.array(tie("node"), { maxLength: 3 }),
})).node;

function elementOf([attribute, content]: [string, unknown]): Element {
  const children = Array.isArray(content)
    ? content.map((child) => elementOf(child as [string, unknown]))
    : [String(content)];
  return xml("a", { b: attribute }, ...children);
}

test("what was written is read, however it is cut", () => {
  const trees = fc.array(TREE as fc.Arbitrary<[string, unknown]>, { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(trees, fc.array(fc.nat(40), { minLength: 1 }), (all, cuts) => {
    const written = all.map((tree) => elementOf(tree).toString());
    const text = HEADER + written.join("\n");
    const chunks: string[] = [];
    for (let at = 0; at < text.length;) {
      const length = 1 + (cuts[chunks.length % cuts.length] ?? 0);
      chunks.push(text.slice(at, at + length));
      at += length;
    }
    assert.deepEqual(read(chunks, { stanza: 100_000, depth: 16 }), { stanzas: written });
  }));
});

test("a stanza that comes byte by byte costs no more than its length asks for", () => {
  const guard = new XmlGuard("stream", { stanza: 1_000_000, depth: 8 });
  guard.feed(HEADER);
  guard.feed("<a>");
  for (let sent = 0; sent < 300_000; sent++) guard.feed("x");
  assert.equal(guard.feed("</a>").length, 300_004);
});
