/**
 * What moderators, admins and owners do in a room (XEP-0045, 8 to 10).
 *
 * @module
 */
import { readJid } from "../jid.ts";
import { type Element, xml } from "../xml.ts";
import { feature, type FeaturePort } from "./feature.ts";
import { filledForm, type Form, FORMS, type FormValues, readForm } from "./form.ts";
import { type Affiliation, AFFILIATIONS, type Role } from "./room.ts";

/** Somebody that a room knows. */
export interface RoomMember {
  /** Bare, or a domain. */
  readonly jid: string;
  readonly affiliation: Affiliation;
  /** Not safe to show. */
  readonly nick: string | undefined;
  readonly reason: string | undefined;
}

/**
 * What one does with a room that one may control; JIDs of rooms are bare.
 *
 * All reject with a `StanzaError`, `forbidden` or `not-allowed`, when one may not.
 */
export interface RoomControl {
  /** What can be set. */
  configuration(room: string): Promise<Form>;
  /**
   * Sets it, and unlocks a new room; without values that is as the server has it.
   *
   * @throws {RangeError} for a name that the form does not have
   */
  configure(room: string, values?: FormValues): Promise<void>;
  /** Ends the room for everybody. */
  destroy(room: string, reason?: string): Promise<void>;
  /** Puts somebody out, who may come again. */
  kick(room: string, nick: string, reason?: string): Promise<void>;
  /** Puts somebody out for good. */
  ban(room: string, jid: string, reason?: string): Promise<void>;
  setRole(room: string, nick: string, role: Role, reason?: string): Promise<void>;
  setAffiliation(
    room: string,
    jid: string,
    affiliation: Affiliation,
    reason?: string,
  ): Promise<void>;
  /** Who has an affiliation; at most 1,000. */
  members(room: string, affiliation: Affiliation): Promise<readonly RoomMember[]>;
}

const OWNER = "http://jabber.org/protocol/muc#owner";
const ADMIN = "http://jabber.org/protocol/muc#admin";
const MEMBERS_MOST = 1_000;

/** See the module's description. */
export const roomControl = feature<RoomControl>({
  extensions: [],
  start: (port) => new Controls(port),
});

class Controls implements RoomControl {
  readonly #port: FeaturePort;

  constructor(port: FeaturePort) {
    this.#port = port;
  }

  async configuration(room: string): Promise<Form> {
    const answer = await this.#port.request("get", xml("query", OWNER), { to: room });
    return readForm(answer.getChild("query", OWNER)) ??
      { type: "form", title: undefined, instructions: undefined, fields: [], items: [] };
  }

  async configure(room: string, values?: FormValues): Promise<void> {
    const form = values === undefined
      ? xml("x", { xmlns: FORMS, type: "submit" })
      : filledForm(await this.configuration(room), values);
    await this.#port.request("set", xml("query", OWNER, form), { to: room });
  }

  async destroy(room: string, reason?: string): Promise<void> {
    const end = xml("destroy", null, reasonOf(reason));
    await this.#port.request("set", xml("query", OWNER, end), { to: room });
  }

  async kick(room: string, nick: string, reason?: string): Promise<void> {
    await this.setRole(room, nick, "none", reason);
  }

  async ban(room: string, jid: string, reason?: string): Promise<void> {
    await this.setAffiliation(room, jid, "outcast", reason);
  }

  async setRole(room: string, nick: string, role: Role, reason?: string): Promise<void> {
    await this.#set(room, xml("item", { nick, role }, reasonOf(reason)));
  }

  async setAffiliation(
    room: string,
    jid: string,
    affiliation: Affiliation,
    reason?: string,
  ): Promise<void> {
    await this.#set(room, xml("item", { jid, affiliation }, reasonOf(reason)));
  }

  async members(room: string, affiliation: Affiliation): Promise<readonly RoomMember[]> {
    const asked = xml("query", ADMIN, xml("item", { affiliation }));
    const answer = await this.#port.request("get", asked, { to: room });
    const items = answer.getChild("query", ADMIN)?.getChildren("item") ?? [];
    return items.slice(0, MEMBERS_MOST).flatMap((item) => readMember(item));
  }

  async #set(room: string, item: Element): Promise<void> {
    await this.#port.request("set", xml("query", ADMIN, item), { to: room });
  }
}

function reasonOf(reason: string | undefined): Element | null {
  return reason === undefined ? null : xml("reason", null, reason);
}

function readMember(item: Element): RoomMember[] {
  const jid = readJid(item.attrs["jid"])?.bare;
  const affiliation = AFFILIATIONS.find((each) => each === item.attrs["affiliation"]);
  if (jid === undefined || affiliation === undefined) return [];
  const reason = item.getChild("reason")?.text();
  return [{
    jid,
    affiliation,
    nick: item.attrs["nick"],
    reason: reason === "" ? undefined : reason,
  }];
}
