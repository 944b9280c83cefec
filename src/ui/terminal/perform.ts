/**
 * Does what a request says, in whatever interface: what can be done by the session alone is done
 * here, what is to be seen is left to the interface.
 *
 * @module
 */
import { ChatnodeError, UsageError } from "../../errors.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { visible } from "../../text.ts";
import type { Asking } from "./asking.ts";
import type { RequestAbout } from "./outgoing.ts";
import type { Request } from "./requests.ts";
import {
  type ChatSession,
  type Occupant,
  type Outgoing,
  type RoomSummary,
  Unable,
} from "./session.ts";
import type { Contact, JoinOptions } from "./session.ts";
import { indented } from "./wording.ts";

/** An interface that requests are performed in. Its methods may throw what its session throws. */
export interface Floor {
  readonly session: ChatSession;
  /** The room that is looked at; undefined when there is none. */
  readonly room: RoomId | undefined;
  /** How commands ask for what else they need. */
  readonly asking: Asking;
  /** The room of a conversation that is open under a name; undefined when there is none. */
  known(name: string): RoomId | undefined;
  /** Sends without waiting. */
  say(message: Outgoing): void;
  /** What to send about another message; undefined when that was not seen lately. */
  outgoing(request: RequestAbout): Outgoing | undefined;
  /** Goes to a room; enters it first when it has to be. */
  go(room: RoomId, options?: JoinOptions): Promise<void>;
  /** Leaves a room, the one that is looked at unless told. */
  leave(room: RoomId): Promise<void>;
  lookBack(count: number): Promise<void>;
  /** @param text safe to show */
  note(text: string): Promise<void>;
  people(room: RoomId, people: readonly Occupant[]): Promise<void>;
  rooms(rooms: readonly RoomSummary[]): Promise<void>;
  conversations(): Promise<void>;
  contacts(contacts: readonly Contact[]): Promise<void>;
  /** @param events newest first */
  found(events: readonly ChatEvent[], text: string): Promise<void>;
  help(about: string): Promise<void>;
  account(name: string): Promise<void>;
  file(path: string, way: "usual" | "direct"): Promise<void>;
  clear(): Promise<void>;
  quit(): Promise<void>;
}

/**
 * Requests that change the room that is looked at: what is entered behind them belongs there, and
 * has to wait until the person is there.
 */
export const MOVES: ReadonlySet<Request["do"]> = new Set(
  ["join", "leave", "message", "chat"] as const,
);

/** See the module's description. @throws {ChatnodeError} */
export async function perform(request: Request, floor: Floor): Promise<void> {
  const { session } = floor;
  switch (request.do) {
    case "nothing":
      return;
    case "say":
      return floor.say({ room: place(floor), body: request.body, msgtype: request.msgtype });
    case "message":
      if (request.body !== "") return floor.say({ to: request.to, body: request.body });
      return await floor.go(await session.find(request.to, "person"));
    case "chat":
      return await floor.go(floor.known(request.to) ?? await conversationOf(request.to, session));
    case "reply":
    case "react":
    case "unreact":
    case "edit":
    case "redact":
      return await performAbout(request, floor);
    case "join": {
      const { room, nick, password } = request;
      return await floor.go(await session.find(room, "room"), {
        ...(nick === undefined ? {} : { nick }),
        ...(password === undefined ? {} : { password }),
      });
    }
    case "leave":
      return await floor.leave(await roomOf(request.room, floor));
    case "usage":
      return await floor.note(`Usage: ${request.usage}`);
    case "ask":
      return await ask(request.text, floor);
    case "status":
    case "contact":
      return await performPersonal(request, floor);
    default:
      return await look(request, floor);
  }
}

/** Everything that is only looked at, and the program itself. */
type Look = Exclude<
  Request,
  {
    readonly do:
      | ("nothing" | "say" | "message" | "chat" | "join" | "leave" | "usage" | "ask")
      | ("reply" | "react" | "unreact" | "edit" | "redact" | "status" | "contact");
  }
>;

async function look(request: Look, floor: Floor): Promise<void> {
  const { session } = floor;
  switch (request.do) {
    case "who": {
      const room = await roomOf(request.room, floor);
      return await floor.people(room, await session.occupants(room));
    }
    case "whois":
      return await whois(request.who, floor);
    case "list":
      return await floor.conversations();
    case "rooms":
      return await floor.rooms(await session.rooms());
    case "contacts":
      return await floor.contacts(contactsOf(session).list());
    case "history":
      return await floor.lookBack(request.count);
    case "search":
      return await floor.found(await session.search(request.text), request.text);
    case "help":
      return await floor.help(request.about);
    case "account":
      return await floor.account(request.name);
    case "own": {
      const name = `account ${request.what}`;
      if (!hasCommand(session, name)) throw unable("change the account");
      return await ask(`/${name}`, floor);
    }
    case "file":
      if (session.files === undefined) throw unable("send a file");
      return await floor.file(request.path, request.way);
    case "offer":
      return await answerOffer(request, floor);
    case "clear":
      return await floor.clear();
    case "quit":
      return await floor.quit();
  }
}

async function answerOffer(
  { what, id }: Extract<Request, { do: "offer" }>,
  { session }: Floor,
): Promise<void> {
  const { offers } = session.files ?? {};
  if (offers === undefined) throw unable("take files directly");
  await offers[what](id === "" ? undefined : id);
}

async function performAbout(request: RequestAbout, floor: Floor): Promise<void> {
  const message = floor.outgoing(request);
  if (message !== undefined) return floor.say(message);
  const what = request.do === "unreact" ? "reaction of yours" : "message";
  await floor.note(`There is no such ${what} that was seen lately.`);
}

async function performPersonal(
  request: Extract<Request, { do: "status" | "contact" }>,
  floor: Floor,
): Promise<void> {
  const { session } = floor;
  if (request.do === "status") {
    if (session.status === undefined) throw unable("tell others your state");
    await session.status.set(request.status, request.text === "" ? undefined : request.text);
    return await floor.note(`Others see you as ${request.status} now.`);
  }
  const contacts = contactsOf(session);
  const { what, who, name } = request;
  if (what === "add") await contacts.add(who, name === "" ? {} : { name });
  else await contacts[what](who);
  await floor.note(`${DONE[what]}: ${visible(who)}.`);
}

const DONE = {
  ...{ add: "Asked to be a contact", remove: "Not a contact any more", block: "Blocked" },
  ...{ accept: "Sees your presence now", decline: "Does not see your presence" },
  unblock: "Not blocked any more",
} as const;

async function ask(text: string, floor: Floor): Promise<void> {
  const answer = await floor.session.command(text, floor.room ?? "", floor.asking);
  const name = /^\S*/.exec(text)?.[0] ?? "";
  await floor.note(
    answer === undefined
      ? `Unknown command: ${
        visible(name)
      } (/help tells which there are, // begins a text with a slash)`
      : indented(answer),
  );
}

function hasCommand({ commands = [] }: ChatSession, name: string): boolean {
  return commands.some((one) => one.name === name);
}

/** The session's own answer where it has one, else what is known here. */
async function whois(who: string, floor: Floor): Promise<void> {
  const { session } = floor;
  if (hasCommand(session, "whois")) {
    return await ask(`/whois ${who}`.trimEnd(), floor);
  }
  if (who === "") throw new UsageError("client/usage", "Usage: /whois NAME");
  if (!session.abilities.has("rooms") || floor.room === undefined) throw unable("tell who it is");
  const people = await session.occupants(floor.room);
  const found = people.find(({ name }) => name.toLowerCase() === who.toLowerCase());
  if (found === undefined) return await floor.note(`${visible(who)} is not here.`);
  const { name, address, show, text, role } = found;
  const words = [visible(address), show, role, text].filter((one) => one !== undefined);
  await floor.note(`${visible(name)}: ${words.map(visible).join(", ")}`);
}

/** The conversation with somebody; a room that can only be one is meant as one. */
async function conversationOf(name: string, session: ChatSession): Promise<RoomId> {
  if (!session.abilities.has("direct")) return await session.find(name, "room");
  try {
    return await session.find(name, "person");
  } catch (error) {
    if (!(error instanceof ChatnodeError)) throw error;
    return await session.find(name, "room");
  }
}

async function roomOf(name: string, floor: Floor): Promise<RoomId> {
  if (name === "") return place(floor);
  return floor.known(name) ?? await floor.session.find(name, "room");
}

function place({ room }: Floor): RoomId {
  if (room !== undefined) return room;
  throw new ChatnodeError("client/no-chat", "No chat selected", {
    hint: "/chat NAME or /join ROOM goes to one.",
  });
}

function contactsOf({ contacts }: ChatSession) {
  if (contacts !== undefined) return contacts;
  throw unable("change contacts");
}

function unable(action: string): Unable {
  return new Unable(action, "this account's protocol");
}
