/**
 * Files that somebody sends from the terminal: up over HTTP and told of with a message, or straight
 * to a client of the other person's.
 *
 * @module
 */
import { basename } from "node:path";
import { ChatnodeError } from "../../errors.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { type HttpFetch, uploads } from "../../transports/xmpp/features/uploads.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { FileOffers, Files, FileSending } from "../../ui/terminal/session_extras.ts";
import type { DirectFiles } from "./direct_files.ts";
import { peerOf } from "./peers.ts";
import { asUnreadable, mediaTypeOf, SentFile, unreadable } from "./sent_file.ts";

/** What sending files takes. */
export interface FilesParts {
  readonly xmpp: XmppSession;
  readonly fetch: HttpFetch;
  readonly direct: DirectFiles;
  /** Says where the file is. */
  say(room: RoomId, url: URL): Promise<ChatEvent>;
}

/** Held in memory while it goes up. */
const UPLOAD_MOST = 256 * 1024 * 1024;
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

  /**
   * Of an upload `progress` is told the beginning and the end: requests over HTTP do not tell what
   * is between.
   */
  async send(room: RoomId, path: string, sending: FileSending): Promise<ChatEvent> {
    const { xmpp, direct } = this.#parts;
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
    const { xmpp, fetch, say } = this.#parts;
    const name = basename(path);
    const file = { name, type: mediaTypeOf(path), bytes: await readWhole(path, signal) };
    const url = await xmpp.use(uploads).upload(file, { fetch, signal });
    signal.throwIfAborted();
    progress(1);
    return await say(room, url);
  }
}

async function readWhole(path: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw unreadable("it is no file");
    if (size > UPLOAD_MOST) throw unreadable(`it is over ${UPLOAD_MOST} bytes`);
    return await Deno.readFile(path, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ChatnodeError) throw error;
    throw asUnreadable(error);
  }
}
