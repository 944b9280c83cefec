/**
 * What somebody begins a session with: one file that they want to send, or nothing for us.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { type Element, xml } from "../xml.ts";
import { FILE_TRANSFER, type FileFacts, readFacts } from "./file_facts.ts";
import { type InBand, readInBand, type Said } from "./words.ts";

/** A file that is offered. */
export interface Offer {
  /** What its content is called. */
  readonly content: string;
  readonly facts: FileFacts;
  /** Undefined when it is offered over other transports alone. */
  readonly transport: InBand | undefined;
}

/** Why a session ends before anybody was asked: a reason, and an application's own word for it. */
export interface Refusal {
  readonly reason: readonly [string, Element?];
}

const NAME_MOST = 1_024;

/** Reads a `session-initiate`. @throws {StanzaError} `bad-request` when nothing is offered at all */
export function readOffer({ content, contents }: Said): Offer | Refusal {
  const name = content?.attrs["name"] ?? "";
  if (content === undefined || name === "" || name.length > NAME_MOST) {
    throw new StanzaError("bad-request", { type: "modify" });
  }
  const description = content.getChild("description", FILE_TRANSFER);
  const { senders = "both", creator = "initiator" } = content.attrs;
  if (description !== undefined && senders === "responder") {
    const none = xml("file-not-available", "urn:xmpp:jingle:apps:file-transfer:errors:0");
    return { reason: ["failed-application", none] };
  }
  const facts = readFacts(description);
  const isOffer = senders === "initiator" && creator === "initiator" && contents === 1;
  if (!isOffer || facts === undefined) return { reason: ["unsupported-applications"] };
  return { content: name, facts, transport: readInBand(content) };
}
