/**
 * What chatnode uses of `@xmpp/xml` 0.14, which has no types of its own.
 */

/** Attributes to write: what is undefined or null is left out. */
export type Attributes = Readonly<Record<string, string | number | null | undefined>>;
/** What an element can be given as a child; undefined, null and "" are left out. */
export type Child = Element | string | null | undefined | readonly Child[];

/** An XML element. Names may have a prefix; namespaces are found upwards, through `parent`. */
export class Element {
  /** A string as `attrs` is the namespace. */
  constructor(name: string, attrs?: Attributes | string | null);
  name: string;
  parent: Element | null;
  children: (Element | string)[];
  readonly attrs: Record<string, string | undefined>;
  /** Whether it has this local name and, when one is given, this namespace. */
  is(name: string, xmlns?: string): boolean;
  /** The name without its prefix. */
  getName(): string;
  getNS(): string | undefined;
  getChild(name: string, xmlns?: string): Element | undefined;
  getChildren(name: string, xmlns?: string): Element[];
  /** Null without such a child. */
  getChildText(name: string, xmlns?: string): string | null;
  getChildElements(): Element[];
  append(...children: readonly (Element | string)[]): void;
  /** The text of its own children; not of theirs. */
  text(): string;
  toString(): string;
}

/** Turns text into elements: `start` for the stream's own, `element` for each below it, `end`. */
export class Parser {
  on(event: "start" | "element" | "end", handler: (element: Element) => void): this;
  on(event: "error", handler: (error: Error) => void): this;
  /** @throws {Error} for entities and characters that are not XML's */
  write(data: string): void;
}

/** Makes an element. A string as `attrs` is the namespace. */
export default function xml(
  name: string,
  attrs?: Attributes | string | null,
  ...children: readonly Child[]
): Element;
