/**
 * What a flush puts into the bucket. In a busy room that is one object: the head, with the latest
 * events in it, or the message file that those have become.
 *
 * Every flush with news has to change something that watchers look at, and message files need names
 * that nobody can know before. So a file is put in a flush of its own: in one without news, when
 * there is one in time; else in one that the head before has announced, in which watchers list what
 * begins like that file. Where several rooms are due at once, or much was said, their files and the
 * head go together.
 *
 * @module
 */
import type { RoomId } from "../../../message/event.ts";
import { TAIL_BYTES } from "./head.ts";

/** A room with events that are in no file yet. */
export interface RoomToFlush {
  readonly room: RoomId;
  readonly bytes: number;
  /** How many of them have come since the last flush. */
  readonly grown: number;
  /** How many days they are of: each has a file of its own. */
  readonly days: number;
  /** Whether there are events that no head has told. */
  readonly news: boolean;
  /** Milliseconds since a head first told of one of them; 0 when none has. */
  readonly age: number;
  /** Whether a head cannot carry them. */
  readonly former: boolean;
}

/** What is known before a flush. */
export interface FlushFacts {
  readonly open: readonly RoomToFlush[];
  /** The room whose file the head in the bucket has announced. */
  readonly announced: RoomId | undefined;
  /** Whether a head has to tell of something that is stored. */
  readonly untold: boolean;
}

/** Bounds of what a head carries. */
export interface FlushLimits {
  /** Milliseconds between two flushes. */
  readonly interval: number;
  /** Events are in a file when a head has told of them so long ago, milliseconds. */
  readonly age: number;
  /** A flush without news makes a file of events that were told so long ago, milliseconds. */
  readonly settled: number;
  /** Of lines that one head carries. */
  readonly bytes: number;
  /** What has grown so large becomes a file in the next flush. */
  readonly large: number;
}

/** What a flush does, in this order. */
export interface FlushPlan {
  /** Rooms whose events become files. */
  readonly close: ReadonlySet<RoomId>;
  readonly tell: "head" | "nothing";
  /** The room whose file comes without a head next. */
  readonly announce: RoomId | undefined;
}

/** Flushes until events are in a file, at the most. */
const FLUSHES = 12;
const MOST_AGE_MS = 5 * 60_000;
/** Of nodes that flush more rarely every flush is a file and a head. */
const MOST_INTERVAL_MS = 60_000;

/** The limits for an interval; undefined where events become files at once. */
export function flushLimits(interval: number): FlushLimits | undefined {
  if (interval > MOST_INTERVAL_MS) return undefined;
  const age = Math.min(FLUSHES * interval, MOST_AGE_MS);
  return { interval, age, settled: age / 2, bytes: TAIL_BYTES, large: TAIL_BYTES * 2 / 3 };
}

/** Decides it. */
export function planFlush(facts: FlushFacts, limits: FlushLimits): FlushPlan {
  const { open, announced, untold } = facts;
  const news = open.filter(({ news }) => news);
  const close = new Set(
    open.filter((each) => isDue(each, limits) || each.room === announced).map(({ room }) => room),
  );
  if (news.length === 0) addSettled(close, open, limits);
  shrink(close, open, limits.bytes);
  const byListing = announced !== undefined && close.size === 1 && close.has(announced) &&
    news.every(({ room, days }) => room === announced && days === 1);
  const tells = untold || (news.length > 0 && !byListing);
  return {
    close,
    tell: tells ? "head" : "nothing",
    announce: tells ? nextOf(open.filter(({ room }) => !close.has(room)), limits) : undefined,
  };
}

function isDue({ age, bytes, former }: RoomToFlush, limits: FlushLimits): boolean {
  return former || age >= limits.age || bytes > limits.bytes;
}

/** One at a time: nothing else is put in this flush. */
function addSettled(close: Set<RoomId>, open: readonly RoomToFlush[], limits: FlushLimits): void {
  if (close.size > 0) return;
  const [oldest] = open.toSorted((a, b) => b.age - a.age);
  if (oldest !== undefined && oldest.age >= limits.settled) close.add(oldest.room);
}

/** What stays open fits into a head. */
function shrink(close: Set<RoomId>, open: readonly RoomToFlush[], most: number): void {
  const kept = open.filter(({ room }) => !close.has(room)).sort((a, b) => b.bytes - a.bytes);
  let bytes = kept.reduce((sum, each) => sum + each.bytes, 0);
  for (const each of kept) {
    if (bytes <= most) return;
    close.add(each.room);
    bytes -= each.bytes;
  }
}

/** The one room that will be due when the next flush comes. */
function nextOf(kept: readonly RoomToFlush[], limits: FlushLimits): RoomId | undefined {
  const sum = (of: (each: RoomToFlush) => number) =>
    kept.reduce((total, each) => total + of(each), 0);
  const bytes = sum((each) => each.bytes);
  const isFull = bytes > limits.large || bytes + sum((each) => each.grown) > limits.bytes;
  const biggest = Math.max(...kept.map((each) => each.bytes));
  const due = kept.filter((each) =>
    each.age + 1.5 * limits.interval >= limits.age || (isFull && each.bytes === biggest)
  );
  return due.length === 1 ? due[0]?.room : undefined;
}
