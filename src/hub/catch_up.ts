import type { History, StoredEvent } from "../history/contract.ts";
import type { RoomId } from "../message/event.ts";
import type { Resume, Signal } from "./contract.ts";

/** Events read at once. */
const PAGE = 100;
/** Bytes handed over at once, unless a single event is longer: peers bound their queues. */
const BATCH_BYTES = 128 * 1024;

/** What a catch-up works with. */
export interface CatchUp {
  readonly history: History;
  readonly room: RoomId;
  /** The first offset wanted. */
  readonly from: number;
  /** False once the session has left: nothing is sent any more. */
  active(): boolean;
  /** Hands one page over and resolves when the peer can take the next. */
  send(signals: readonly Signal[]): Promise<void>;
  /** Whether the session wrote this event itself and knows it already. */
  isOwn(stored: StoredEvent): boolean;
  /** Called when nothing is missing: from this very moment on the session must listen. */
  live(): void;
}

/**
 * Reads the backlog page by page, at the peer's pace, until the committed end is reached, and goes
 * live in the same instant: no commit can happen between the last look and the listening.
 *
 * @throws {Error} when the history cannot be read, or has lost a part of the range meanwhile
 */
export async function catchUp(task: CatchUp): Promise<void> {
  let next = task.from;
  while (task.active()) {
    const { next: end } = task.history.room(task.room);
    if (next >= end) return task.live();
    const page = await task.history.read(task.room, next, PAGE);
    if (!task.active()) return;
    // Retention took the rest while this was on its way: a promise of all cannot be half kept.
    if (task.history.room(task.room).first > next) throw new Error("a part of the backlog is gone");
    // Offsets that are left out are of events that were damaged on disk: whoever comes back for
    // them would find them as little the next time.
    next = (page.at(-1)?.offset ?? end - 1) + 1;
    for (const batch of batches(page.filter((stored) => !task.isOwn(stored)))) {
      await task.send(batch);
      if (!task.active()) return;
    }
  }
}

/** Whether everything from `resume` on is there and not too much. */
export function isComplete(
  resume: Resume,
  history: History,
  room: RoomId,
  maximum: number,
): boolean {
  const { first, next } = history.room(room);
  const from = resume.offset;
  return resume.epoch === history.epoch && from >= first && from <= next && next - from <= maximum;
}

function* batches(events: readonly StoredEvent[]): Generator<readonly Signal[]> {
  let batch: Signal[] = [];
  let bytes = 0;
  for (const stored of events) {
    if (bytes > 0 && bytes + stored.json.length > BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ kind: "event", stored });
    bytes += stored.json.length;
  }
  if (batch.length > 0) yield batch;
}
