/**
 * Commands about people: who somebody is, what one says of oneself, who is blocked.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { blocking } from "../../transports/xmpp/features/blocking.ts";
import { rooms } from "../../transports/xmpp/features/rooms.ts";
import { vcard, type VCardTexts } from "../../transports/xmpp/features/vcard.ts";
import { type AccountCommand, type CommandParts, usage } from "./account_commands.ts";
import { cardLines, profileOf } from "./profile.ts";
import { explained } from "./refusals.ts";

/** What is set of one's own card, by the word for it. */
const FIELDS: Readonly<Record<string, keyof VCardTexts>> = {
  name: "fullName",
  nickname: "nickname",
  organization: "organization",
  title: "title",
  email: "email",
  web: "url",
  birthday: "birthday",
  about: "description",
};
const WORDS = Object.keys(FIELDS);

/** See the module's description. */
export function peopleCommands(parts: CommandParts): readonly AccountCommand[] {
  return [
    {
      ...{ name: "whois", takes: "[NAME]", completes: "person", group: "people" },
      does: "who somebody is, or whom you talk to: their card, their clients, program and time",
      run: async (argument, { peer }) =>
        await profileOf(
          parts,
          argument === "" ? partner(parts, peer) : somebody(parts, argument, peer),
        ),
    },
    {
      ...{ name: "vcard", takes: "[NAME]", completes: "person", group: "people" },
      does: "what somebody says of themselves; without a name, what you do",
      run: (argument, { peer }) => card(parts, argument, peer),
    },
    {
      ...{ name: "vcard set", takes: `${WORDS.join("|")} [TEXT]`, completes: WORDS },
      group: "self",
      does: "say something of yourself; without a text, take it back",
      run: (argument) => set(parts, argument),
    },
    {
      ...{ name: "blocked", takes: "", does: "whom you hear nothing of", group: "people" },
      run() {
        const all = [...parts.xmpp.use(blocking).blocked];
        return Promise.resolve(all.length === 0 ? "Nobody is blocked." : all.join("\n"));
      },
    },
  ];
}

/**
 * Who is meant: by a nickname in the room `peer`, else as everywhere.
 *
 * @throws {XmppError} `xmpp/address`
 */
export function somebody({ xmpp, peers }: CommandParts, argument: string, peer: string): string {
  const room = xmpp.use(rooms).all.get(peer);
  if (room?.occupants.has(argument) === true) return `${peer}/${argument}`;
  return peers.person(argument);
}

/** @throws {UsageError} `client/usage` in a room, where it could be anybody */
function partner({ xmpp }: CommandParts, peer: string): string {
  if (peer !== "" && !xmpp.use(rooms).all.has(peer)) return peer;
  throw usage({ name: "whois", takes: "NAME" });
}

async function card(parts: CommandParts, argument: string, peer: string): Promise<string> {
  const who = argument === "" ? undefined : somebody(parts, argument, peer);
  const found = await explained("see the card", parts.xmpp.use(vcard).get(who), {
    "item-not-found": "there is none",
    "service-unavailable": "there is none, or it is not for you",
  });
  const lines = cardLines(found);
  if (lines.length > 0) return lines.join("\n");
  return who === undefined ? "You say nothing of yourself: /vcard set." : "They say nothing.";
}

async function set({ xmpp }: CommandParts, argument: string): Promise<string> {
  const [, word = "", text = ""] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
  const field = FIELDS[word.toLowerCase()];
  if (field === undefined) {
    throw new UsageError("client/usage", `Usage: /vcard set ${WORDS.join("|")} [TEXT]`);
  }
  await explained("change the card", xmpp.use(vcard).change({ [field]: text }));
  return text === ""
    ? "You do not say that of yourself any more."
    : "You say that of yourself now.";
}
