/**
 * Who somebody is: what they say of themselves, what they are to this account, what they are there
 * with.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { about } from "../../transports/xmpp/features/about.ts";
import { avatars } from "../../transports/xmpp/features/avatars.ts";
import { type ClientPresence, presence } from "../../transports/xmpp/features/presence.ts";
import { rooms } from "../../transports/xmpp/features/rooms.ts";
import { type VCard, vcard } from "../../transports/xmpp/features/vcard.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Contact } from "../../ui/terminal/session_event.ts";
import { lengthOf } from "../../ui/terminal/times.ts";
import type { ContactList } from "./contact_list.ts";
import { oneLine } from "./one_line.ts";

/** What a profile is made from. */
export interface ProfileParts {
  readonly xmpp: XmppSession;
  readonly contacts: ContactList;
  readonly clock: Clock;
}

/** Who does not answer until then is left out, milliseconds. */
const PATIENCE_MS = 10_000;
const CLIENTS_MOST = 8;
const SEES: Readonly<Record<Contact["sees"], string>> = {
  none: "a contact; neither sees whether the other is there",
  asked: "a contact; you have asked to see whether they are there",
  them: "a contact; you see whether they are there, they do not see you",
  you: "a contact; they see whether you are there, you do not see them",
  both: "a contact; each sees whether the other is there",
};
/** What a card says, in the order of showing. */
const TEXTS: readonly (readonly [keyof VCard & string, string])[] = [
  ["fullName", "Name"],
  ["nickname", "Nickname"],
  ["organization", "Organization"],
  ["title", "Title"],
  ["email", "Email"],
  ["url", "Web"],
  ["birthday", "Birthday"],
  ["description", "About"],
];

/** A person, bare, or somebody in a room, full. Lines of it come from elsewhere: not safe to show. */
export async function profileOf(parts: ProfileParts, who: string): Promise<string> {
  const { xmpp } = parts;
  const isOccupant = parseJid(who).resource !== "";
  const clients = isOccupant ? [] : xmpp.use(presence).of(who).slice(0, CLIENTS_MOST);
  const card = xmpp.use(vcard).get(who);
  const [said, picture, seen, ...programs] = await Promise.all([
    answered(parts, card.then(cardLines)),
    pictureLines(parts, who, card),
    clients.length > 0 || isOccupant ? [] : answered(parts, seenLines(parts, who)),
    ...isOccupant ? [programLines(parts, who)] : clients.map((one) => clientLines(parts, one)),
  ]);
  const known = isOccupant ? occupantLines(parts, who) : contactLines(parts, who);
  const lines = [who, ...known, ...programs.flat(), ...seen, ...said, ...picture];
  return lines.join("\n");
}

/** What a card says. */
export function cardLines(card: VCard): readonly string[] {
  return TEXTS.flatMap(([key, title]) => {
    const text = card[key];
    return typeof text === "string" && text.trim() !== "" ? [`${title}: ${oneLine(text)}`] : [];
  });
}

function contactLines({ contacts, xmpp }: ProfileParts, who: string): readonly string[] {
  if (who === xmpp.account) return ["This is you."];
  const contact = contacts.list().find(({ address }) => address === who);
  if (contact === undefined) return ["Not on your contact list."];
  const { name, groups, sees, isBlocked } = contact;
  return [
    `${name === who ? "On your list" : `On your list as ${oneLine(name)}`}: ${SEES[sees]}.`,
    ...groups.length === 0 ? [] : [`Groups: ${groups.map(oneLine).join(", ")}`],
    ...isBlocked ? ["Blocked."] : [],
  ];
}

function occupantLines({ xmpp }: ProfileParts, who: string): readonly string[] {
  const { bare, resource } = parseJid(who);
  const occupant = xmpp.use(rooms).all.get(bare)?.occupants.get(resource);
  if (occupant === undefined) return ["Not in the room."];
  const { jid, role, affiliation, show, status } = occupant;
  return [
    jid === undefined ? "The room does not tell who it is." : `This is ${jid}.`,
    `In the room: ${role}, ${affiliation === "none" ? "no affiliation" : affiliation}, ${show}` +
    (status === undefined ? "" : `, ${oneLine(status)}`),
  ];
}

async function clientLines(
  parts: ProfileParts,
  { jid, show, status, priority }: ClientPresence,
): Promise<readonly string[]> {
  const state = [
    show,
    ...status === undefined ? [] : [oneLine(status)],
    ...priority === 0 ? [] : [`priority ${priority}`],
  ];
  const more = await programLines(parts, jid);
  return [`There with ${oneLine(parseJid(jid).resource)}: ${[...state, ...more].join(", ")}`];
}

/** What a client tells of itself: the program, the time, when it was used. */
async function programLines(parts: ProfileParts, jid: string): Promise<readonly string[]> {
  const asked = parts.xmpp.use(about);
  const [version, idle, time] = await Promise.all([
    answered(
      parts,
      asked.version(jid).then(({ name, version, system }) => [
        oneLine([name, version, system === undefined ? "" : `(${system})`].join(" ")),
      ]),
    ),
    answered(
      parts,
      asked.idleSeconds(jid).then((seconds) =>
        seconds === undefined || seconds < 60 ? [] : [`idle for ${lengthOf(seconds * 1_000)}`]
      ),
    ),
    answered(
      parts,
      asked.time(jid).then((told) => {
        return told === undefined ? [] : [`${clockOf(told.utc, told.offset)} there`];
      }),
    ),
  ]);
  return [...version, ...idle, ...time].filter((one) => one !== "");
}

async function seenLines({ xmpp }: ProfileParts, who: string): Promise<readonly string[]> {
  const seconds = await xmpp.use(about).idleSeconds(who);
  return seconds === undefined ? [] : [`Not there; last seen ${lengthOf(seconds * 1_000)} ago.`];
}

/** As it was announced, or as the card has it. */
async function pictureLines(
  parts: ProfileParts,
  who: string,
  card: Promise<VCard>,
): Promise<readonly string[]> {
  const has = [`Has a picture: /avatar save ${who} keeps it.`];
  if (parts.xmpp.use(avatars).hashOf(who) !== undefined) return has;
  return await answered(
    parts,
    card.then(({ element }) => (element.getChild("PHOTO") === undefined ? [] : has)),
  );
}

/** What is refused, or does not come in time, is not known. */
async function answered(
  { clock }: ProfileParts,
  answer: Promise<readonly string[]>,
): Promise<readonly string[]> {
  const late = Promise.withResolvers<readonly string[]>();
  const timer = clock.after(PATIENCE_MS, () => late.resolve([]));
  try {
    return await Promise.race([answer.catch(() => []), late.promise]);
  } finally {
    timer.cancel();
  }
}

/** `14:05 (+02:00)` */
function clockOf(utc: number, offset: string): string {
  const [, sign = "+", hours = "0", minutes = "0"] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? [];
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  const date = new Date(utc + ms);
  if (Number.isNaN(date.getTime())) return offset;
  return `${date.toISOString().slice(11, 16)} (${offset})`;
}
