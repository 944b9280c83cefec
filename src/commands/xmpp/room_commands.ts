/**
 * Slash commands of an XMPP account besides those that every protocol has: what one does in rooms,
 * and who is blocked.
 *
 * @module
 */
import { UsageError } from "../../errors.ts";
import { visible } from "../../text.ts";
import { blocking } from "../../transports/xmpp/features/blocking.ts";
import { bookmarks } from "../../transports/xmpp/features/bookmarks.ts";
import { invitations } from "../../transports/xmpp/features/invitations.ts";
import { roomControl } from "../../transports/xmpp/features/room_control.ts";
import { rooms } from "../../transports/xmpp/features/rooms.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { SessionCommand } from "../../ui/terminal/session_extras.ts";
import { notThere, type RoomList } from "./room_list.ts";

/** A command, and what it does with what follows its name in the conversation with `peer`. */
interface AccountCommand extends SessionCommand {
  run(argument: string, peer: string): Promise<string>;
}

/** See the module's description. */
export class RoomCommands {
  readonly commands: readonly SessionCommand[];
  readonly #table: readonly AccountCommand[];
  readonly #xmpp: XmppSession;
  readonly #rooms: RoomList;

  constructor(xmpp: XmppSession, list: RoomList) {
    this.#xmpp = xmpp;
    this.#rooms = list;
    this.#table = [
      {
        ...{ name: "invite", takes: "ADDRESS [REASON]", completes: "person" },
        does: "ask somebody into this room",
        run: (argument, peer) => this.#invite(argument, peer),
      },
      {
        ...{ name: "topic", takes: "TEXT", does: "say what this room is about" },
        run: (argument, peer) => this.#topic(argument, peer),
      },
      {
        ...{ name: "nick", takes: "NAME", does: "be called something else in this room" },
        run: (argument, peer) => this.#rename(argument, peer),
      },
      {
        ...{ name: "kick", takes: "NAME [REASON]", completes: "person" },
        does: "put somebody out of this room",
        run: (argument, peer) => this.#kick(argument, peer),
      },
      {
        ...{ name: "bookmark", takes: "", does: "come into this room at each start" },
        run: (_, peer) => this.#bookmark(peer),
      },
      {
        ...{ name: "unbookmark", takes: "", does: "do not, any more" },
        run: (_, peer) => this.#unbookmark(peer),
      },
      {
        ...{ name: "blocked", takes: "", does: "whom you hear nothing of" },
        run: () => Promise.resolve(this.#blocked()),
      },
    ];
    this.commands = this.#table.map(({ run: _, ...command }) => command);
  }

  /**
   * The answer to a command, as it comes from others in part: not safe to show. Undefined when it is
   * none of these.
   *
   * @throws {UsageError} `client/usage`
   * @throws {ChatnodeError} what the server says
   */
  async command(text: string, peer: string): Promise<string | undefined> {
    const [, name = "", rest = ""] = /^\/?(\S+)\s*([^]*)$/.exec(text) ?? [];
    const command = this.#table.find((one) => one.name === name);
    if (command === undefined) return undefined;
    const argument = rest.trim();
    if (argument === "" && /^[A-Z]/.test(command.takes)) {
      throw new UsageError("client/usage", `Usage: /${command.name} ${command.takes}`);
    }
    return await command.run(argument, peer);
  }

  async #invite(argument: string, peer: string): Promise<string> {
    this.#enterable(peer);
    const [, who = "", reason = ""] = /^(\S+)\s*([^]*)$/.exec(argument) ?? [];
    const why = reason === "" ? {} : { reason };
    await this.#xmpp.use(invitations).invite(peer, who, why);
    return `${visible(who)} is invited.`;
  }

  async #topic(argument: string, peer: string): Promise<string> {
    this.#enterable(peer);
    await this.#xmpp.use(rooms).setSubject(peer, argument).accepted;
    return "The room was asked to be about that.";
  }

  async #rename(argument: string, peer: string): Promise<string> {
    this.#enterable(peer);
    await this.#xmpp.use(rooms).rename(peer, argument);
    return `You are ${visible(argument)} here now.`;
  }

  async #kick(argument: string, peer: string): Promise<string> {
    this.#enterable(peer);
    const nicks = this.#rooms.occupants(peer).map(({ name }) => name);
    // Nicknames may hold spaces: the longest that fits is meant.
    const nick = nicks.filter((one) => argument === one || argument.startsWith(`${one} `))
      .toSorted((a, b) => b.length - a.length)[0];
    if (nick === undefined) return "Nobody is called that here.";
    const reason = argument.slice(nick.length).trim();
    await this.#xmpp.use(roomControl).kick(peer, nick, reason === "" ? undefined : reason);
    return `${visible(nick)} was put out.`;
  }

  async #bookmark(peer: string): Promise<string> {
    this.#enterable(peer);
    const all = this.#xmpp.use(bookmarks);
    const known = all.all.get(peer);
    await all.set({
      room: peer,
      name: known?.name,
      nick: this.#rooms.nickIn(peer),
      password: known?.password ?? this.#rooms.passwordOf(peer),
      isAutojoin: true,
    });
    return "You come into this room at each start.";
  }

  async #unbookmark(peer: string): Promise<string> {
    await this.#xmpp.use(bookmarks).remove(peer);
    return "You do not come into this room by yourself any more.";
  }

  #blocked(): string {
    const all = [...this.#xmpp.use(blocking).blocked];
    return all.length === 0 ? "Nobody is blocked." : all.map(visible).join("\n");
  }

  #enterable(peer: string): void {
    if (!this.#rooms.isFollowed(peer)) throw notThere();
  }
}
