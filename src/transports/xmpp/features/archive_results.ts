/**
 * What stands in the results of an archive (XEP-0313, 4.2).
 *
 * @module
 */
import { bareJid } from "../jid.ts";
import type { Element } from "../xml.ts";

/** An archived message. */
export interface Original {
  readonly stanza: Element;
  readonly handed: { readonly stanzaId?: string; readonly stamp?: string };
}

const FORWARD = "urn:xmpp:forward:0";
const DELAY = "urn:xmpp:delay";

/** The archived message; of a room's archive only what was said in that room. */
export function originalOf(
  result: Element,
  archive: string,
  account: string,
): Original | undefined {
  const stanza = result.getChild("forwarded", FORWARD)?.getChild("message");
  const { from, type } = stanza?.attrs ?? {};
  const isFit = archive === account || (bareJid(from) === archive && type === "groupchat");
  if (stanza === undefined || !isFit) return undefined;
  const { id } = result.attrs;
  const stamp = stampOf(result);
  return {
    stanza,
    handed: {
      ...(id === undefined || id === "" ? {} : { stanzaId: id }),
      ...(stamp === undefined ? {} : { stamp }),
    },
  };
}

/** The archive's name for the last result, and its time. */
export function lastOf(
  results: readonly Element[],
): { readonly id: string | undefined; readonly at: number | undefined } {
  const result = results.at(-1);
  const at = Date.parse((result === undefined ? undefined : stampOf(result)) ?? "");
  return { id: result?.attrs["id"], at: at > 0 ? at : undefined };
}

/**
 * The messages of a page that was read backwards. Archives whose times are whole seconds (Prosody)
 * do not tell the order within one: those of a page are moved to the end of theirs, so that the
 * order is that of the page, and pages before it have room.
 *
 * @param until the time of what comes behind the page; Unix milliseconds
 */
export function inTheirOrder(
  originals: readonly Original[],
  until: number = Infinity,
): readonly Original[] {
  let behind = until;
  return originals.toReversed().map(({ stanza, handed }): Original => {
    const said = Date.parse(handed.stamp ?? "");
    if (Number.isNaN(said)) return { stanza, handed };
    const isWhole = said % 1_000 === 0;
    const at = isWhole ? Math.max(said, Math.min(said + 1_000, behind) - 1) : said;
    behind = Math.min(behind, at);
    return { stanza, handed: { ...handed, stamp: new Date(at).toISOString() } };
  }).toReversed();
}

function stampOf(result: Element): string | undefined {
  return result.getChild("forwarded", FORWARD)?.getChild("delay", DELAY)?.attrs["stamp"];
}
