/**
 * Nicknames that people publish (XEP-0172).
 *
 * @module
 */
import { childText, xml } from "../xml.ts";
import { feature, type FeatureEvent } from "./feature.ts";
import { pep } from "./pep.ts";

/** Somebody calls themselves otherwise. */
export interface NicknameEvent extends FeatureEvent {
  readonly kind: "nickname";
  /** Bare. */
  readonly from: string;
  /** Theirs, not safe to show, and no proof of who they are; undefined when they take it back. */
  readonly nickname: string | undefined;
}

/** What one does with nicknames. */
export interface Nicknames {
  /** Tells contacts how one wants to be called; empty to take it back. @throws as `Pep.publish` */
  publish(nickname: string): Promise<void>;
}

const NS = "http://jabber.org/protocol/nick";
const LENGTH_MOST = 200;

/** See the module's description. */
export const nicknames = feature<Nicknames>({
  extensions: [{ xep: "0172", name: "User Nickname", version: "1.1.1", state: "complete" }],
  disco: [NS, `${NS}+notify`],
  start(port) {
    const events = port.use(pep);
    events.listen(NS, ({ owner, items }) => {
      const payload = items.at(-1)?.payload;
      if (payload === undefined || payload.getNS() !== NS) return;
      const parent = xml("x", null, payload);
      const nickname = childText(parent, "nick")?.slice(0, LENGTH_MOST);
      const event: NicknameEvent = { kind: "nickname", from: owner, nickname };
      port.emit(event);
    });
    return {
      async publish(nickname) {
        await events.publish(NS, { id: "current", payload: xml("nick", NS, nickname) }, {
          "pubsub#access_model": "presence",
        });
      },
    };
  },
});
