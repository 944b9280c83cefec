/**
 * XML as the rest of the XMPP client sees it: elements and their making, from `@xmpp/xml`.
 *
 * @module
 */
// @ts-types="./packages/xml.d.ts"
import xml, { Element, Parser } from "@xmpp/xml";

export type { Attributes, Child } from "./packages/xml.d.ts";
export { Element, Parser, xml };

/** Characters that XML 1.0 has no way to write (production 2), and lone surrogates. */
// deno-lint-ignore no-control-regex -- XML 1.0 cannot hold them
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** An element as text, with U+FFFD for what XML cannot hold: a message must not end the stream. */
export function written(element: Element): string {
  const text = element.toString();
  return text.isWellFormed() && text.search(UNWRITABLE) < 0
    ? text
    : text.toWellFormed().replace(UNWRITABLE, "\ufffd");
}

/** Whether `text` holds what no XML may. */
export function isUnwritable(text: string): boolean {
  return text.search(UNWRITABLE) >= 0;
}

/** The text of a child, or undefined when there is none or it is empty. */
export function childText(element: Element, name: string, xmlns?: string): string | undefined {
  const text = element.getChild(name, xmlns)?.text();
  return text === "" ? undefined : text;
}
