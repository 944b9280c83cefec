/**
 * Turns a closed journal file into segments: every event of ours is linked to its chain and signed,
 * every foreign one is kept as it came. The same journal file, tails and key give the same files,
 * byte for byte, so that a sealing that was interrupted anywhere is simply done again.
 *
 * @module
 */
import type { Address, ChatEvent, RoomId } from "../message/event.ts";
import { type ChainTail, EMPTY_CHAIN, seal } from "../message/chain.ts";
import { decodeEvent, encodeEvent } from "../message/line.ts";
import { eventHash, SigningKey } from "../message/signature.ts";
import type { Breather } from "./breather.ts";
import { readLine } from "./journal_line.ts";
import { type JournalPart, journalParts } from "./journal_pieces.ts";
import type { DamagedBytes } from "./journal_scan.ts";
import { peekEvent } from "./peek.ts";
import { SegmentBytes } from "./segment_bytes.ts";
import {
  addToRuns,
  formatSegmentName,
  SegmentFiles,
  type SegmentInfo,
  segmentPath,
  utcDay,
} from "./segments.ts";

/** The end of one sender's chain in one room; the device is always this one. */
export type SenderTail = readonly [
  room: RoomId,
  sender: Address,
  seq: number,
  hash: string | null,
];

/** What is to be sealed. */
export interface SealTask {
  /** The journal file. */
  readonly path: string;
  /** Bytes of it that hold data. */
  readonly length: number;
  /** The folder `history/`. */
  readonly history: string;
  /** The device's id and its private key, PEM. */
  readonly device: string;
  readonly key: string;
  /** Where the chains in this file begin; those that are absent begin anew. */
  readonly tails: readonly SenderTail[];
  /** `restful` leaves half of the processor to others. */
  readonly pace: "swift" | "restful";
}

/** What a sealing has made. */
export interface SealedFile {
  readonly segments: readonly SegmentInfo[];
  /** Where the chains end now. */
  readonly tails: readonly SenderTail[];
  /** Lines of the journal file that could not be read. */
  readonly damaged: readonly DamagedBytes[];
  /** Segments, relative to `history/`, that had other bytes under their name; moved aside. */
  readonly displaced: readonly string[];
}

/** Events signed between two breaths, some milliseconds of work. */
const BATCH = 64;

/** Lines that will be one segment. */
interface Group {
  readonly room: RoomId;
  readonly day: string;
  /** Undefined for our own events. */
  readonly writer: string | undefined;
  readonly bytes: SegmentBytes;
  readonly runs: number[];
  count: number;
  start: number;
  end: number;
}

/** See the module's description. */
export async function sealJournal(task: SealTask, breathe: Breather): Promise<SealedFile> {
  const chains = new ChainSealer(task);
  const groups = new Map<string, Group>();
  const damaged: DamagedBytes[] = [];
  for (const part of journalParts(task.path, task.length)) {
    damaged.push(...part.damaged);
    await groupLines(part, chains, groups, breathe);
  }
  const files = new SegmentFiles(task.history);
  const segments: SegmentInfo[] = [];
  const displaced: string[] = [];
  for (const [name, group] of groups) {
    segments.push(await writeGroup(group, task, files, displaced));
    // Its bytes are not needed any more.
    groups.delete(name);
    await files.describeRoom(group.room, group.start);
    await breathe();
  }
  await files.sync();
  return { segments, tails: chains.tails(), damaged, displaced };
}

async function groupLines(
  { bytes, lines }: JournalPart,
  chains: ChainSealer,
  groups: Map<string, Group>,
  breathe: Breather,
): Promise<void> {
  for (const [index, place] of lines.entries()) {
    if (index % BATCH === BATCH - 1) await breathe();
    const { json, writer, offset } = readLine(bytes, place);
    const { room, timestamp } = peekEvent(json);
    const group = groupOf(groups, { room, writer, timestamp });
    group.bytes.add(writer === undefined ? chains.seal(json) : chains.follow(json));
    addToRuns(group.runs, offset);
    group.count++;
    group.start = Math.min(group.start, timestamp);
    group.end = Math.max(group.end, timestamp);
  }
}

function groupOf(
  groups: Map<string, Group>,
  { room, writer, timestamp }: {
    readonly room: RoomId;
    readonly writer: string | undefined;
    readonly timestamp: number;
  },
): Group {
  const day = utcDay(timestamp);
  // None of the three parts can hold a line feed.
  const name = `${room}\n${day}\n${writer ?? ""}`;
  const known = groups.get(name);
  if (known !== undefined) return known;
  const place = { room, day, writer, start: timestamp, end: timestamp };
  const group: Group = { ...place, bytes: new SegmentBytes(), runs: [], count: 0 };
  groups.set(name, group);
  return group;
}

async function writeGroup(
  group: Group,
  task: SealTask,
  files: SegmentFiles,
  displaced: string[],
): Promise<SegmentInfo> {
  const { room, day, start, end, runs, count } = group;
  const { parts, length, sha256, blocks } = group.bytes.finish();
  const origin = group.writer === undefined ? "own" : "foreign";
  let path = segmentPath(
    room,
    day,
    formatSegmentName({ start, end, writer: group.writer ?? task.device }),
  );
  if (await files.write(path, parts) === "other") {
    if (origin === "own") {
      // Our names are never given twice, so these bytes are not what was written.
      displaced.push(path);
      await files.displace(path);
      await files.write(path, parts);
    } else path = await writeApart(path, parts, files);
  }
  return { room, path, origin, runs, count, start, end, bytes: length, sha256, blocks };
}

/**
 * Foreign events that arrive in parts may ask for a name that another part of the same times has
 * already: it gets a number, the same one whenever the sealing is repeated.
 */
async function writeApart(
  path: string,
  parts: readonly Uint8Array[],
  files: SegmentFiles,
): Promise<string> {
  for (let number = 2;; number++) {
    const apart = path.replace(/\.jsonl$/, `~${number}.jsonl`);
    if (await files.write(apart, parts) !== "other") return apart;
  }
}

/** Links and signs events in their order, from where the chains ended before. */
export class ChainSealer {
  readonly #device: string;
  readonly #key: SigningKey;
  /** By room and sender; the device is always this one. */
  readonly #tails = new Map<
    string,
    ChainTail & { readonly room: RoomId; readonly sender: Address }
  >();

  constructor({ device, key, tails }: Pick<SealTask, "device" | "key" | "tails">) {
    this.#device = device;
    this.#key = SigningKey.fromPem(key);
    for (const [room, sender, seq, hash] of tails) {
      this.#tails.set(chainName(room, sender), { room, sender, seq, hash });
    }
  }

  /** The signed line of an event of ours. */
  seal(json: string): string {
    const event = JSON.parse(json) as ChatEvent;
    const { room_id: room, sender_id: sender } = event;
    const name = chainName(room, sender);
    const { hash } = this.#tails.get(name) ?? EMPTY_CHAIN;
    // A number that is missing stays a hole, and shows the loss to everybody who verifies.
    const before = { seq: (event.content.chatnode?.seq ?? 1) - 1, hash };
    const sealed = seal(event, before, this.#key);
    this.#tails.set(name, { room, sender, ...sealed.tail });
    return encodeEvent(sealed.event);
  }

  /**
   * A foreign line, as it is. When it is a signed event of this very device, come back from a
   * bucket or an export, its chain goes on from there.
   */
  follow(json: string): string {
    const line = decodeEvent(json);
    const chatnode = line?.event.content.chatnode;
    if (line === undefined || chatnode?.device !== this.#device) return json;
    const { room_id: room, sender_id: sender } = line.event;
    const name = chainName(room, sender);
    if (chatnode.seq > (this.#tails.get(name)?.seq ?? 0)) {
      const hash = eventHash(line.canonical("null"));
      this.#tails.set(name, { room, sender, seq: chatnode.seq, hash });
    }
    return json;
  }

  /** Where the chains end now. */
  tails(): SenderTail[] {
    return Array.from(
      this.#tails.values(),
      ({ room, sender, seq, hash }) => [room, sender, seq, hash],
    );
  }
}

function chainName(room: RoomId, sender: Address): string {
  return `${room}\n${sender}`;
}
