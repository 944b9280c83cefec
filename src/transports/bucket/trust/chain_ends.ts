/**
 * Where the chains of a device end as far as this data folder knows: what a revocation of it leaves
 * standing.
 *
 * @module
 */
import { join } from "node:path";
import { breathe } from "../../../history/breather.ts";
import { createLayout, listNames } from "../../../history/layout.ts";
import { openReader } from "../../../history/reader.ts";
import { findChainEnds } from "../../../history/retention_anchors.ts";
import { parseSegmentName } from "../../../history/segments.ts";
import type { RoomId } from "../../../message/event.ts";
import { RecordLog } from "../../../record_log.ts";
import { PullState } from "../sync/pull_state.ts";
import { PushState } from "../sync/push_state.ts";
import { type Scope, scopeNamed, scopeOf } from "../sync/scope.ts";
import type { ChainState } from "../verification/chain_state.ts";
import { KeyedLog } from "../verification/keyed_log.ts";
import type { ChainEnd } from "./statement.ts";

/**
 * The last event of every chain of a device: in the segments of the history, and as far as files of
 * any bucket were verified. What is in the journal still has no signature, and does not count.
 *
 * Everybody reads a revocation. So chains of a room are among them only when a bucket has the room
 * already, or when it is shared: by `scope`, and by what the folder was last synced with.
 *
 * @throws {HistoryError} as `openReader`
 */
export async function knownChainEnds(
  data: string,
  device: string,
  scope: Scope,
): Promise<ChainEnd[]> {
  const ends = new Map<string, ChainEnd>();
  const note = (end: ChainEnd) => {
    const chain = `${end[0]}\n${end[1]}`;
    if (end[2] > (ends.get(chain)?.[2] ?? 0)) ends.set(chain, end);
  };
  for (const end of await sealedEnds(data, device)) note(end);
  const shared = new Set<RoomId>();
  const scopes: Scope[] = [];
  for (const bucket of await listNames(join(data, "sync"))) {
    for (const room of await pushedRooms(join(data, "sync", bucket, "push.jsonl"))) {
      shared.add(room);
    }
    scopes.push(...await pulledScope(join(data, "sync", bucket, "pull.jsonl")));
    const path = join(data, "sync", bucket, "chains.jsonl");
    for (const [chain, { seq }] of await KeyedLog.read<ChainState>(path)) {
      const [room = "", sender = "", by] = chain.split("\n");
      shared.add(room);
      if (by === device) note([room, sender, seq]);
    }
  }
  const isWanted = scopeOf(scope);
  const isShared = (room: RoomId) =>
    isWanted(room) && (scopes.length === 0 || scopes.some((each) => scopeOf(each)(room)));
  return Array.from(ends.values()).filter(([room]) => shared.has(room) || isShared(room));
}

/** What was shared with a bucket when that was last done; empty when it never was. */
async function pulledScope(path: string): Promise<Scope[]> {
  const state = new PullState();
  await RecordLog.read(path, state);
  const scope = scopeNamed(state.scope);
  return scope === undefined ? [] : [scope];
}

/** Rooms of which something was stored in a bucket. */
async function pushedRooms(path: string): Promise<Iterable<RoomId>> {
  const state = new PushState();
  await RecordLog.read(path, state);
  return state.ends.keys();
}

async function sealedEnds(data: string, device: string): Promise<ChainEnd[]> {
  const { history } = createLayout(data);
  const reader = await openReader({ dir: data });
  try {
    const ends: ChainEnd[] = [];
    for (const { room, segments, anchors } of reader.catalog.rooms.values()) {
      const paths = Array.from(segments.keys()).filter((path) => writerOf(path) === device);
      const found = await findChainEnds({ history, paths }, breathe);
      ends.push(...endsOf(room, device, [...anchors.values(), ...found]));
    }
    return ends;
  } finally {
    reader.close();
  }
}

function endsOf(
  room: RoomId,
  device: string,
  anchors: Iterable<readonly [sender: string, by: string, seq: number, hash: string | null]>,
): ChainEnd[] {
  return Array.from(anchors)
    .filter(([, by]) => by === device)
    .map(([sender, , seq]) => [room, sender, seq] as const);
}

function writerOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return parseSegmentName(name)?.writer.replace(/~\d+$/, "") ?? "";
}
