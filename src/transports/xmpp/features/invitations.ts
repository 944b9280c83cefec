/**
 * Invitations into rooms: direct ones (XEP-0249), and those that the room hands on (XEP-0045, 7.8).
 * Nobody is taken into a room by an invitation alone.
 *
 * @module
 */
import { parseJid, readJid } from "../jid.ts";
import { childText, type Element, xml } from "../xml.ts";
import { feature, type FeatureEvent } from "./feature.ts";
import { type Message, messages } from "./messages.ts";
import { MUC_USER } from "./room.ts";

/** Somebody wants us in a room, or does not want to come. */
export interface InvitationEvent extends FeatureEvent {
  readonly kind: "invitation";
  readonly state: "invited" | "declined";
  /** Bare. */
  readonly room: string;
  /**
   * Who: with `direct` the sender, bare, else by the word of the room: bare, or the occupant where it
   * does not tell who they are.
   */
  readonly from: string | undefined;
  readonly way: "direct" | "mediated";
  /** Theirs: not safe to show. */
  readonly reason: string | undefined;
  /** Secret. */
  readonly password: string | undefined;
  /** When, milliseconds since the Unix epoch. */
  readonly timestamp: number;
}

/** How to invite. */
export interface InviteOptions {
  readonly reason?: string;
  readonly password?: string;
  /** `mediated`, which also makes a member of who needs to be one, unless told. */
  readonly way?: "direct" | "mediated";
}

/** What one does with invitations. Everything resolves when the server has it. */
export interface Invitations {
  /** @throws {XmppError} `xmpp/address`, as `FeaturePort.send` */
  invite(room: string, jid: string, options?: InviteOptions): Promise<void>;
  /** Says no to a mediated one; `jid` as the invitation has it. @throws as above */
  decline(room: string, jid: string, reason?: string): Promise<void>;
}

const DIRECT = "jabber:x:conference";

/** See the module's description. */
export const invitations = feature<Invitations>({
  extensions: [
    { xep: "0249", name: "Direct MUC Invitations", version: "1.2", state: "complete" },
  ],
  disco: [DIRECT],
  start(port) {
    port.use(messages).listen((message) => {
      const event = message.source === "archive" ? undefined : readInvitation(message);
      if (event !== undefined && message.direction === "in") port.emit(event);
      return event !== undefined;
    });
    const say = (to: string, child: Element): Promise<void> =>
      port.send(xml("message", { to, id: port.uuid() }, child));
    const mediated = (kind: string, room: string, to: string, reason?: string): Promise<void> => {
      const said = reason === undefined ? null : xml("reason", null, reason);
      return say(room, xml("x", MUC_USER, xml(kind, { to }, said)));
    };
    return {
      async invite(room, jid, { reason, password, way = "mediated" } = {}) {
        const place = parseJid(room).bare;
        const to = parseJid(jid).bare;
        if (way === "mediated") return await mediated("invite", place, to, reason);
        await say(to, xml("x", { xmlns: DIRECT, jid: place, reason, password }));
      },
      async decline(room, jid, reason) {
        const place = parseJid(room).bare;
        const { bare, full } = parseJid(jid);
        await mediated("decline", place, bare === place ? full : bare, reason);
      },
    };
  },
});

/** Prosody names the occupant where not everybody may know who that is; no room invites itself. */
function inviterIn(text: string | undefined, room: string): string | undefined {
  const jid = readJid(text);
  if (jid?.bare !== room) return jid?.bare;
  return jid.resource === "" ? undefined : jid.full;
}

function readInvitation({ stanza, from, type, timestamp }: Message): InvitationEvent | undefined {
  if (type === "error" || type === "groupchat") return undefined;
  const x = stanza.getChild("x", MUC_USER);
  const said = x?.getChild("invite") ?? x?.getChild("decline");
  if (x !== undefined && said !== undefined && from.resource === "") {
    return {
      kind: "invitation",
      state: said.getName() === "invite" ? "invited" : "declined",
      // A room speaks for itself alone.
      room: from.bare,
      from: inviterIn(said.attrs["from"], from.bare),
      way: "mediated",
      reason: childText(said, "reason"),
      password: childText(x, "password"),
      timestamp,
    };
  }
  const direct = stanza.getChild("x", DIRECT);
  const room = readJid(direct?.attrs["jid"]);
  if (direct === undefined || room === undefined || room.resource !== "") return undefined;
  return {
    kind: "invitation",
    state: "invited",
    room: room.bare,
    from: from.bare,
    way: "direct",
    reason: direct.attrs["reason"] === "" ? undefined : direct.attrs["reason"],
    password: direct.attrs["password"],
    timestamp,
  };
}
