/**
 * Files that somebody sends from the terminal: up over HTTP, and told of with a message.
 *
 * @module
 */
import { basename, extname } from "node:path";
import { ChatnodeError } from "../../errors.ts";
import type { ChatEvent, RoomId } from "../../message/event.ts";
import { type HttpFetch, uploads } from "../../transports/xmpp/features/uploads.ts";
import type { XmppSession } from "../../transports/xmpp/session/session.ts";
import type { Files } from "../../ui/terminal/session_extras.ts";

/** What sending files takes. */
export interface FileSending {
  readonly xmpp: XmppSession;
  readonly fetch: HttpFetch;
  /** Says where the file is. */
  say(room: RoomId, url: URL): Promise<ChatEvent>;
}

/** Held in memory while it goes up. */
const BYTES_MOST = 256 * 1024 * 1024;
/** By the end of the name, as browsers show such files; everything else is bytes. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ ".gif": "image/gif", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".png": "image/png" },
  ...{ ".webp": "image/webp", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".mp4": "video/mp4" },
  ...{ ".webm": "video/webm", ".pdf": "application/pdf", ".zip": "application/zip" },
  ...{ ".json": "application/json", ".log": "text/plain", ".md": "text/plain" },
  ".txt": "text/plain",
};

/** See the module's description. */
export class XmppFiles implements Files {
  readonly #sending: FileSending;

  constructor(sending: FileSending) {
    this.#sending = sending;
  }

  /** `progress` is told the beginning and the end: requests over HTTP do not tell what is between. */
  async send(
    room: RoomId,
    path: string,
    { signal, progress }: { readonly signal: AbortSignal; progress(done: number): void },
  ): Promise<ChatEvent> {
    const { xmpp, fetch, say } = this.#sending;
    progress(0);
    const file = {
      name: basename(path),
      type: TYPES[extname(path).toLowerCase()] ?? "application/octet-stream",
      bytes: await readWhole(path, signal),
    };
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
    if (size > BYTES_MOST) throw unreadable(`it is over ${BYTES_MOST} bytes`);
    return await Deno.readFile(path, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ChatnodeError) throw error;
    if (error instanceof Deno.errors.NotFound) throw unreadable("there is none of that name");
    throw unreadable("it cannot be read", error);
  }
}

function unreadable(state: string, cause?: unknown): ChatnodeError {
  return new ChatnodeError("client/file", `Cannot send the file: ${state}`, { cause });
}
