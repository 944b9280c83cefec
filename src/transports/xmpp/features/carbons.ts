/**
 * Message carbons (XEP-0280): what other clients of the account say and hear.
 *
 * @module
 */
import { bareJid, readJid } from "../jid.ts";
import { type Element, xml } from "../xml.ts";
import { feature, type FeaturePort } from "./feature.ts";
import { messages } from "./messages.ts";

const NS = "urn:xmpp:carbons:2";
const FORWARD = "urn:xmpp:forward:0";

/** See the module's description. */
export const carbons = feature<void>({
  extensions: [
    { xep: "0280", name: "Message Carbons", version: "1.0.1", state: "complete" },
    { xep: "0297", name: "Stanza Forwarding", version: "1.0", state: "complete" },
  ],
  disco: [NS, FORWARD],
  start(port) {
    // Before anything else reads messages: a copy is none by itself.
    port.onMessage((message) => {
      const copy = message.getChild("sent", NS) ?? message.getChild("received", NS);
      if (copy === undefined) return false;
      const original = genuine(message, copy, port);
      if (original !== undefined) port.use(messages).hand(original, { source: "carbon" });
      return true;
    });
    port.onOnline(async (arrival) => {
      if (arrival === "resumed" || port.enabled.has(NS)) return;
      // A server without them says so; nothing is copied then.
      await port.request("set", xml("enable", NS)).catch(() => {});
    });
  },
});

/**
 * The copied message, if the copy comes from the own account: otherwise anybody could put words in
 * anybody's mouth (XEP-0280, 11).
 */
function genuine(message: Element, copy: Element, port: FeaturePort): Element | undefined {
  if (readJid(message.attrs["from"])?.full !== port.account) return undefined;
  const original = copy.getChild("forwarded", FORWARD)?.getChild("message");
  if (original === undefined) return undefined;
  const { from, to } = original.attrs;
  const own = copy.getName() === "sent" ? from : to;
  return bareJid(own ?? port.account) === port.account ? original : undefined;
}
