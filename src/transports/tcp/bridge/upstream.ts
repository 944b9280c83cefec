/**
 * What an original server tells, and who said it.
 *
 * @module
 */
import { addressOf } from "../../../message/address.ts";
import type { Identity } from "../../../accounts/contract.ts";
import { MessageError } from "../../../message/error.ts";
import { cleanAlias, guestAddress } from "../../../message/guest.ts";

/** Something said upstream. */
export interface UpstreamMessage {
  readonly alias: string;
  readonly text: string;
}

/** Who came and went, and what a chatnode upstream says to the bridge alone. */
const NEWS = /^\[\+\] .* has joined the chat!$|^\[-\] .* has left the chat\.$|^\[!\] /s;
/** A chatnode's private message to the bridge: nothing for the room. */
const PRIVATE = / -> /;
const MESSAGE = /^(.{1,255}?): (.*)$/s;

/**
 * Takes a frame apart; undefined when there is nothing in it for the room.
 *
 * @param server what is called the author of what nobody says
 */
export function readUpstream(frame: string, server: string): UpstreamMessage | undefined {
  if (NEWS.test(frame)) return undefined;
  const [, alias, text] = MESSAGE.exec(frame) ?? [];
  if (alias === undefined || text === undefined) {
    return frame.trim() === "" ? undefined : { alias: server, text: frame };
  }
  if (text.trim() === "" || PRIVATE.test(alias)) return undefined;
  return { alias, text };
}

/**
 * Somebody upstream, as people here see them: `Bob@old.example.org`, a guest of another node, whom
 * nobody can take for somebody of this one.
 */
export function authorOf(alias: string, domain: string): Identity {
  const name = cleanAlias(alias);
  return { address: guestAddress(name, domain), name: `${name}@${domain}`, role: "user" };
}

/** The domain of people of an upstream server; never this node's own name. */
export function upstreamDomain(hostname: string, node: string): string {
  const domain = hostname.toLowerCase().replace(/[^a-z0-9.-]/g, "-");
  try {
    addressOf("x", domain);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return "upstream";
  }
  return domain === node ? `upstream.${domain}` : domain;
}
