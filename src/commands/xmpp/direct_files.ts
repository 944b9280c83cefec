/**
 * Files that go from client to client, as the terminal has them: offered, taken with a person's yes,
 * kept, and remembered as messages.
 *
 * @module
 */
import { ChatnodeError } from "../../errors.ts";
import type { ChatEvent, Content } from "../../message/event.ts";
import {
  type FileTransfer,
  fileTransfer,
  type FileTransferEvent,
} from "../../transports/xmpp/features/file_transfer.ts";
import type { FileFacts } from "../../transports/xmpp/jingle/file_facts.ts";
import { parseJid } from "../../transports/xmpp/jid.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { SessionEvent } from "../../ui/terminal/session_event.ts";
import type { FileOffers } from "../../ui/terminal/session_extras.ts";
import { sizeOf } from "../../ui/terminal/sizes.ts";
import type { ContactList } from "./contact_list.ts";
import type { Conversations } from "./conversations.ts";
import { safeFileName } from "./file_name.ts";
import { ReceivedFile } from "./received_file.ts";
import type { RoomList } from "./room_list.ts";
import type { SentFile } from "./sent_file.ts";
import type { Speaking } from "./speaking.ts";

/** Where files go that others send, and how large they may be. */
export interface Downloads {
  readonly folder: string;
  /** Bytes. */
  readonly most: number;
}

/** What {@linkcode DirectFiles} works with. */
export interface DirectFilesParts {
  readonly xmpp: XmppSession;
  readonly conversations: Conversations;
  readonly contacts: ContactList;
  readonly rooms: RoomList;
  readonly speaking: Speaking;
  /** Without them nothing can be taken. */
  readonly downloads: Downloads | undefined;
  now(): number;
  uuid(): string;
}

/** See the module's description. */
export class DirectFiles implements FileOffers {
  readonly #parts: DirectFilesParts;
  readonly #files = new Map<string, ReceivedFile>();

  constructor(parts: DirectFilesParts) {
    this.#parts = parts;
  }

  /** The client of somebody that takes files; undefined for a room, and when there is none. */
  async clientOf(peer: string): Promise<string | undefined> {
    const { xmpp, rooms } = this.#parts;
    const { bare, resource } = parseJid(peer);
    // Who is in a room is known by the room alone, which gives no files on.
    if (rooms.has(bare) || resource !== "") return undefined;
    return await xmpp.use(fileTransfer).clientOf(bare);
  }

  /** Sends a file to a client; resolves with its message once the other side has it. */
  async send(
    to: string,
    source: SentFile,
    { signal, progress }: { readonly signal: AbortSignal; progress(done: number): void },
  ): Promise<ChatEvent> {
    const { xmpp, speaking } = this.#parts;
    const told = ({ done, facts }: FileTransfer): void =>
      progress(facts.size === 0 ? 0 : done / facts.size);
    await xmpp.use(fileTransfer).offer(to, source, { signal, progress: told });
    progress(1);
    return await speaking.keepSent(parseJid(to).bare, messageOf(source.facts));
  }

  async accept(id?: string): Promise<void> {
    const { xmpp, downloads: { folder, most } = none(), now, uuid } = this.#parts;
    const transfer = this.#find("offered", id);
    const { name, size } = transfer.facts;
    if (size > most) {
      throw new ChatnodeError(
        "client/file",
        `Cannot take the file: it is over ${sizeOf(most)}`,
        { hint: "The setting download-most says how large a file may be." },
      );
    }
    const file = await ReceivedFile.create({ folder, name, now, uuid });
    this.#files.set(transfer.id, file);
    // How it ends is told as an event.
    void xmpp.use(fileTransfer).accept(transfer.id, file).catch(() => {});
  }

  async decline(id?: string): Promise<void> {
    await this.#end(() => this.#find("offered", id), "declined");
  }

  async cancel(id?: string): Promise<void> {
    await this.#end(() => this.#find("any", id), "cancelled");
  }

  /** Resolves when files that were taken are there, or not to be had. */
  async settled(): Promise<void> {
    await this.#parts.xmpp.use(fileTransfer).settled();
  }

  /** What the terminal is told; a file that is there is a message too. */
  of({ transfer }: FileTransferEvent): SessionEvent[] {
    const { conversations, contacts, uuid } = this.#parts;
    const { id, direction, peer, facts: { name, size, mediaType }, state, done } = transfer;
    const { bare } = parseJid(peer);
    const path = this.#files.get(id)?.path;
    const event: SessionEvent = {
      ...{ kind: "file", id, room: conversations.roomOf(bare), direction, state, done, size },
      ...{ name: safeFileName(name), mediaType },
      who: { address: bare, name: contacts.nameOf(bare) ?? bare },
      ...(path === undefined ? {} : { path }),
      ...(transfer.failure === undefined ? {} : { text: transfer.failure.message }),
    };
    if (state === "done" || state === "failed") this.#files.delete(id);
    if (state !== "done" || direction === "out") return [event];
    const said = { type: "m.room.message", content: messageOf(transfer.facts) } as const;
    const message = conversations.keepSaid({ peer: bare, sender: bare, id: uuid(), ...said });
    return [event, { kind: "event", event: message }];
  }

  /** The one that is meant. @throws {ChatnodeError} `client/file` when it is not clear */
  #find(which: "offered" | "any", id: string | undefined): FileTransfer {
    const all = this.#parts.xmpp.use(fileTransfer).open.filter(({ direction, state }) =>
      which === "any" || (direction === "in" && state === "offered")
    );
    const [one, ...others] = id === undefined ? all : all.filter((each) => each.id === id);
    if (one !== undefined && others.length === 0) return one;
    const what = which === "any" ? "no file is on its way" : "no file is offered";
    const state = one === undefined
      ? id === undefined ? what : `${what} under that number`
      : `say which: ${all.map((each) => each.id).join(", ")}`;
    throw new ChatnodeError("client/file", `Cannot do this: ${state}`);
  }

  /** What throws, as a promise. */
  async #end(find: () => FileTransfer, how: "declined" | "cancelled"): Promise<void> {
    await Promise.resolve();
    this.#parts.xmpp.use(fileTransfer).end(find().id, how);
  }
}

/** A file as a message: what it was, in words and for programs. */
function messageOf({ name, size, mediaType, hashes }: FileFacts): Content {
  const shown = safeFileName(name);
  const sha256 = hashes.said.get("sha-256");
  const file = {
    ...{ name: shown, size, type: mediaType },
    ...(sha256 === undefined ? {} : { sha256 }),
  };
  const body = `${shown} (${sizeOf(size)}, ${mediaType}), sent directly`;
  return { body, msgtype: "m.text", file };
}

function none(): Downloads {
  throw new ChatnodeError("client/file", "Cannot take the file: there is no folder for it");
}
