/**
 * Files that somebody sends from the terminal: up over HTTP and told of with a message, or straight
 * to a client of the other person's.
 *
 * @module
 */
import { basename } from "node:path";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { uploads } from "../../transports/xmpp/features/uploads.ts";
import type { HttpPut } from "../../transports/xmpp/https_put.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { FileOffers, Files, FileSending } from "../../ui/terminal/session_extras.ts";
import { atHome } from "../home_path.ts";
import type { DirectFiles } from "./direct_files.ts";
import { peerOf } from "./peers.ts";
import { FileBody, mediaTypeOf, SentFile, unreadable } from "./sent_file.ts";

/** What sending files takes. */
export interface FilesParts {
  readonly xmpp: XmppSession;
  readonly put: HttpPut;
  readonly direct: DirectFiles;
  /** What `~` in a path means. */
  readonly home: string | undefined;
  /** Says where the file is. */
  say(room: RoomId, url: URL): Promise<ChatEvent>;
}

const ALMOST = 0.99;
/** Read block by block; the other side says what it takes. */
const DIRECT_MOST = 64 * 1024 * 1024 * 1024;

/** See the module's description. */
export class XmppFiles implements Files {
  readonly #parts: FilesParts;

  constructor(parts: FilesParts) {
    this.#parts = parts;
  }

  get offers(): FileOffers {
    return this.#parts.direct;
  }

  async send(room: RoomId, typed: string, sending: FileSending): Promise<ChatEvent> {
    const { xmpp, direct, home } = this.#parts;
    const path = atHome(typed, home);
    const { way = "usual", signal, progress } = sending;
    progress(0);
    if (way === "usual" && await xmpp.use(uploads).isOffered()) {
      return await this.#upload(room, path, sending);
    }
    const client = await direct.clientOf(peerOf(room));
    // Says itself that the server takes none.
    if (client === undefined && way === "usual") return await this.#upload(room, path, sending);
    if (client === undefined) throw unreadable("no client that takes files directly is there");
    using source = await SentFile.open(path, DIRECT_MOST, signal);
    return await direct.send(client, source, sending);
  }

  async #upload(
    room: RoomId,
    path: string,
    { signal, progress }: FileSending,
  ): Promise<ChatEvent> {
    const { xmpp, put, say } = this.#parts;
    using body = await FileBody.open(path);
    const file = { name: basename(path), type: mediaTypeOf(path), body };
    const url = await xmpp.use(uploads).upload(file, {
      ...{ put, signal },
      // The end is told once the server has it.
      progress: (bytes) => progress(Math.min(bytes / body.size, ALMOST)),
    });
    signal.throwIfAborted();
    progress(1);
    return await say(room, url);
  }
}
