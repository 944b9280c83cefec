import assert from "node:assert/strict";
import fc from "fast-check";
import { BucketError } from "../../../../src/transports/bucket/stores/errors.ts";
import {
  childOf,
  readXml,
  textOf,
  type XmlElement,
} from "../../../../src/transports/bucket/stores/xml.ts";
import { test } from "../../../harness/test.ts";

const BOM = "\ufeff";

test("xml: reads what stores answer", () => {
  const root = readXml(
    `${BOM}<?xml version="1.0" encoding="utf-8"?>\n<!-- a -->\n` +
      `<R xmlns="http://a/" b='>'><K>a&amp;b&#x20AC;&#128512;</K><E/><S > x <!-- y -->z</S ><K>2</K>` +
      `<C><![CDATA[<&>]]></C></R>\n`,
  );
  assert.equal(root.name, "R");
  assert.equal(textOf(root, "K"), "a&b\u20ac\u{1f600}");
  assert.equal(textOf(root, "E"), "");
  assert.equal(textOf(root, "S"), " x z");
  assert.equal(textOf(root, "C"), "<&>");
  assert.equal(textOf(root, "none"), undefined);
  assert.equal(childOf(root, "none"), undefined);
  assert.deepEqual(root.children.map(({ name }) => name), ["K", "E", "S", "K", "C"]);
});

const REFUSED: readonly (readonly [document: string, why: string])[] = [
  ["", "nothing is no document"],
  ["<a>", "cut off"],
  ["<a></b>", "another name closes"],
  ["<a></ab>", "a longer name closes"],
  ["<a/><b/>", "two roots"],
  ["<a/>x", "text behind the root"],
  ["<a>&unknown;</a>", "no entity but the five"],
  ["<a>&amp</a>", "an entity without its end"],
  ["<a>& b</a>", "a bare ampersand"],
  ["<a>&#0;</a>", "no character"],
  ["<a>&#xD800;</a>", "half a character"],
  ["<a>&#x110000;</a>", "behind the last character"],
  ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "a document type could define entities"],
  ["<a><![CDATA[x</a>", "an open section"],
  ["<a><!-- x</a>", "an open comment"],
  ["<a b=c></a>", "an attribute without quotes"],
  ["<html><body><p>Bad gateway<br></p></body></html>", "a proxy's page"],
  [`${"<a>".repeat(17)}${"</a>".repeat(17)}`, "nested too deeply"],
];

for (const [document, why] of REFUSED) {
  test(`xml: refuses ${document.slice(0, 30)}`, () => {
    assert.throws(
      () => readXml(document),
      (error) => error instanceof BucketError && error.code === "bucket/corrupt",
    );
  }, { why });
}

test("xml: what was written is read", () => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/);
  const text = fc.string({ unit: "grapheme" });
  const level = (children: fc.Arbitrary<XmlElement[]>): fc.Arbitrary<XmlElement> =>
    fc.tuple(name, text, children).map(([name, text, children]) => ({ name, text, children }));
  const upTo3 = (child: fc.Arbitrary<XmlElement>) => fc.array(child, { maxLength: 3 });
  const element = level(upTo3(level(upTo3(level(fc.constant([]))))));
  fc.assert(fc.property(element, (tree) => {
    assert.deepEqual(readXml(written(tree)), tree);
  }));
});

test("xml: random text is read or refused, nothing else", () => {
  const part = fc.constantFrom("<a>", "</a>", "<a/>", "&amp;", "&", "x", "<!--", "-->", "<?", "?>");
  fc.assert(fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
    try {
      readXml(parts.join(""));
    } catch (error) {
      assert.ok(error instanceof BucketError);
    }
  }));
});

function written({ name, text, children }: XmlElement): string {
  const escaped = text.replace(/[&<>\r]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<${name}>${escaped}${children.map(written).join("")}</${name}>`;
}
