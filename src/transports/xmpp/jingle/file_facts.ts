/**
 * What is said of a file that is offered (XEP-0234, 5): read strictly, as it comes from anybody.
 *
 * @module
 */
import { childText, type Element, xml } from "../xml.ts";
import { hashElement, type Hashes, readHashes } from "./content_hash.ts";

/** The namespace of file transfers. */
export const FILE_TRANSFER = "urn:xmpp:jingle:apps:file-transfer:5";

/** A file, as one tells another of it. */
export interface FileFacts {
  /** As the other side has it: no name for a file here, and not safe to show. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** `text/plain`; without parameters. */
  readonly mediaType: string;
  readonly hashes: Hashes;
}

const NAME_MOST = 1_024;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/;
/** What it is when nothing else is said. */
export const ANY_MEDIA = "application/octet-stream";

/** The file of a description; undefined when its size is missing or it is none. */
export function readFacts(description: Element | undefined): FileFacts | undefined {
  const file = description?.getChild("file", FILE_TRANSFER);
  const size = file === undefined ? undefined : childText(file, "size")?.trim();
  if (file === undefined || size === undefined || !/^[0-9]{1,15}$/.test(size)) return undefined;
  const type = childText(file, "media-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  return {
    name: (childText(file, "name") ?? "").slice(0, NAME_MOST),
    size: Number(size),
    mediaType: MEDIA_TYPE.test(type) ? type : ANY_MEDIA,
    hashes: readHashes(file),
  };
}

/** Whether somebody asks for a part of the file alone, which none of our offers allows. */
export function isRanged(description: Element | undefined): boolean {
  const range = description?.getChild("file", FILE_TRANSFER)?.getChild("range");
  const { offset = "0", length } = range?.attrs ?? {};
  return Number(offset) !== 0 || length !== undefined;
}

/** The description of a file. */
export function descriptionOf({ name, size, mediaType, hashes }: FileFacts): Element {
  return xml(
    "description",
    FILE_TRANSFER,
    xml(
      "file",
      null,
      xml("media-type", null, mediaType),
      name === "" ? null : xml("name", null, name),
      xml("size", null, String(size)),
      [...hashes.said].map(([algorithm, value]) => hashElement(algorithm, value)),
      hashes.promised.map((algorithm) => hashElement(algorithm)),
    ),
  );
}
