/**
 * Finds log files: what their paths say of account, conversation and day.
 *
 * @module
 */
import { basename, join, sep } from "node:path";
import { parseRoom, xmppRoom } from "../../message/address.ts";
import { MessageError } from "../../message/error.ts";
import type { Address, RoomId } from "../../message/event.ts";
import type { LogFormat, LogFormatName } from "./contract.ts";
import { readDaily } from "./daily.ts";
import { readNumbered } from "./numbered.ts";
import { readPidginHtml } from "./pidgin_html.ts";
import { decodePidginName } from "./pidgin_names.ts";
import { readPidginText } from "./pidgin_text.ts";

/** One log file and what its path says. */
export interface FoundLog {
  readonly path: string;
  readonly bytes: number;
  readonly read: LogFormat;
  /** The conversation, as the history calls it. */
  readonly room: RoomId;
  readonly account: Address;
  /** The other side, a bare JID: a person, or a room of several. */
  readonly peer: string;
  readonly kind: "conversation" | "group";
  readonly day: string;
  readonly began: string | undefined;
  /** The offset in the file's name, `+01:00`, when it has one. */
  readonly offset: string | undefined;
}

/** What a search found. */
export interface FoundLogs {
  /** By path, which is by time within a conversation. */
  readonly files: readonly FoundLog[];
  /** Files that are no logs of conversations of this format. */
  readonly skipped: number;
}

/** What a search needs to know. */
export interface FindOptions {
  readonly format: LogFormatName;
  /** Whose logs they are, where paths do not say it. */
  readonly account: Address | undefined;
  readonly signal: AbortSignal;
}

type PathFacts = Omit<FoundLog, "path" | "bytes" | "room">;

/** Folders within folders are looked into so deep. */
const DEPTH = 8;

/**
 * Every log file at or below `path`, which may be a file, a conversation's folder, or any folder
 * above. Links are not followed.
 *
 * @throws {Deno.errors.NotFound} {@linkcode Deno.errors.PermissionDenied}
 */
export async function findLogs(path: string, options: FindOptions): Promise<FoundLogs> {
  const files: FoundLog[] = [];
  let skipped = 0;
  for await (const file of filesBelow(path, DEPTH)) {
    options.signal.throwIfAborted();
    const facts = factsOf(file, options);
    const room = facts && roomOf(facts);
    if (facts === undefined || room === undefined) skipped++;
    else files.push({ ...facts, room, path: file, bytes: (await Deno.stat(file)).size });
  }
  files.sort((a, b) => a.path < b.path ? -1 : 1);
  return { files, skipped };
}

async function* filesBelow(path: string, depth: number): AsyncGenerator<string> {
  const { isDirectory, isFile } = await Deno.lstat(path);
  if (isFile) yield path;
  if (!isDirectory || depth === 0) return;
  for await (const { name } of Deno.readDir(path)) yield* filesBelow(join(path, name), depth - 1);
}

function factsOf(path: string, { format, account }: FindOptions): PathFacts | undefined {
  const [owner = "", folder = ""] = path.split(sep).slice(-3, -1);
  const name = basename(path);
  if (format === "pidgin") return pidginFacts(path, owner, folder, name);
  const pattern = format === "daily"
    ? /^(\d{4}-\d{2}-\d{2})\.txt$/
    : /^(\d{4}-\d{2}-\d{2})_\d{1,6}\.txt$/;
  const day = pattern.exec(name)?.[1];
  const whose = account ?? (format === "numbered" ? addressIn(owner) : undefined);
  const peer = addressIn(folder);
  if (day === undefined || whose === undefined || peer === undefined) return undefined;
  const read = format === "daily" ? readDaily : readNumbered;
  return {
    read,
    account: whose,
    peer,
    kind: "conversation",
    day,
    began: undefined,
    offset: undefined,
  };
}

const PIDGIN_FILE =
  /^(\d{4}-\d{2}-\d{2})\.(\d{2})(\d{2})(\d{2})(?:([+-]\d{2})(\d{2}))?.*\.(txt|html)$/;

function pidginFacts(
  path: string,
  owner: string,
  folder: string,
  name: string,
): PathFacts | undefined {
  if (path.split(sep).at(-4) !== "jabber" || folder.endsWith(".system")) return undefined;
  const [, day, hour, minute, second, hours, minutes, suffix] = PIDGIN_FILE.exec(name) ?? [];
  const isGroup = folder.endsWith(".chat");
  const account = bareJid(decodePidginName(owner));
  const peer = bareJid(decodePidginName(isGroup ? folder.slice(0, -".chat".length) : folder));
  if (day === undefined || account === undefined || peer === undefined) return undefined;
  return {
    read: suffix === "html" ? readPidginHtml : readPidginText,
    account,
    peer,
    kind: isGroup ? "group" : "conversation",
    day,
    began: `${hour}:${minute}:${second}`,
    offset: hours === undefined ? undefined : `${hours}:${minutes}`,
  };
}

/** `bob_at_example.com` is `bob@example.com`. */
function addressIn(folder: string): string | undefined {
  const at = folder.lastIndexOf("_at_");
  return bareJid(at < 1 ? folder : `${folder.slice(0, at)}@${folder.slice(at + 4)}`);
}

function bareJid(text: string | undefined): string | undefined {
  const bare = text?.split("/", 1)[0]?.toLowerCase().normalize("NFC");
  return bare !== undefined && /^[^@\s]+@[^@\s]+$/.test(bare) ? bare : undefined;
}

/** Undefined when the path claims names that no room can have. */
function roomOf({ account, peer }: PathFacts): RoomId | undefined {
  try {
    return parseRoom(xmppRoom(account, peer));
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}
