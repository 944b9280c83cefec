/**
 * What somebody may be in a room besides being there: a voice where the room is moderated, and a
 * nickname that it keeps for them (XEP-0045, 7.12, 7.13 and 8.6).
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { parseJid, readJid } from "../jid.ts";
import { xml } from "../xml.ts";
import { disco } from "./disco.ts";
import { feature, type FeatureEvent } from "./feature.ts";
import { FORMS, formValue, readForm, submittedForm } from "./form.ts";
import { type Message, messages } from "./messages.ts";

/** Somebody asks for a voice in a room that one moderates. */
export interface VoiceRequestEvent extends FeatureEvent {
  readonly kind: "voice-request";
  /** Bare; whoever is not in it does not believe it. */
  readonly room: string;
  /** Theirs: not safe to show. */
  readonly nick: string;
  /** Bare; undefined where the room does not tell. */
  readonly jid: string | undefined;
}

/** What one does about it. */
export interface RoomStanding {
  /** Asks the moderators for a voice; resolves when the server has it. @throws {XmppError} */
  askVoice(room: string): Promise<void>;
  /**
   * The nickname that a room keeps for the account, theirs: not safe to show.
   *
   * @throws {XmppError} as `FeaturePort.request`
   */
  reservedNick(room: string): Promise<string | undefined>;
}

const REQUEST = "http://jabber.org/protocol/muc#request";
const OWN_ITEM = "x-roomuser-item";
/** What rooms answer that keep no nicknames, or none for who asks. */
const NONE: ReadonlySet<string> = new Set([
  ...["item-not-found", "feature-not-implemented", "service-unavailable"],
]);
const NICK_MOST = 1_023;

/** See the module's description. */
export const roomStanding = feature<RoomStanding>({
  extensions: [],
  start(port) {
    port.use(messages).listen((message) => {
      const event = readRequest(message);
      if (event !== undefined) port.emit(event);
      return event !== undefined;
    });
    return {
      async askVoice(room) {
        const form = submittedForm(REQUEST, { "muc#role": "participant" });
        await port.send(xml("message", { to: parseJid(room).bare, id: port.uuid() }, form));
      },
      async reservedNick(room) {
        try {
          const { identities } = await port.use(disco).info(parseJid(room).bare, OWN_ITEM);
          const own = identities.find(({ category, type }) =>
            category === "conference" && type === "text"
          );
          return own === undefined || own.name === "" ? undefined : own.name.slice(0, NICK_MOST);
        } catch (error) {
          if (error instanceof StanzaError && NONE.has(error.condition)) return undefined;
          throw error;
        }
      },
    };
  },
});

/** A form of the room's own, which moderators get. */
function readRequest(
  { stanza, from, type, source, direction }: Message,
): VoiceRequestEvent | undefined {
  const isLive = source === "live" && direction === "in" && type !== "error";
  if (!isLive || from.resource !== "" || stanza.getChild("x", FORMS) === undefined) {
    return undefined;
  }
  const form = readForm(stanza);
  const nick = formValue(form, "muc#roomnick") ?? "";
  if (formValue(form, "FORM_TYPE") !== REQUEST || nick === "" || nick.length > NICK_MOST) {
    return undefined;
  }
  const jid = readJid(formValue(form, "muc#jid"))?.bare;
  return { kind: "voice-request", room: from.bare, nick, jid };
}
