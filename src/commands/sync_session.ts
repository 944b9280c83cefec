/**
 * A data folder and its bucket, opened for one command.
 *
 * @module
 */
import { ChatnodeError, UsageError } from "../errors.ts";
import { isFull, osCode } from "../history/errors.ts";
import { openHistory } from "../history/open.ts";
import { workerIndex } from "../history/search_index.ts";
import type { RoomId } from "../message/event.ts";
import type { SyncOptions } from "../transports/bucket/sync/open.ts";
import { reachBucket } from "./bucket.ts";
import { awaitBucket } from "./bucket_patience.ts";
import type { Invocation } from "./command.ts";
import { forgottenBefore, retentionRule } from "./node_core.ts";
import { settleNodeName } from "./node_name.ts";
import { heartbeat } from "./heartbeat.ts";
import { progress } from "./progress.ts";
import type { SyncNoticesOptions } from "./sync_notices.ts";
import { visible } from "../text.ts";
import { openSyncedHistory } from "./synced_history.ts";

/** What a command does with them. */
export interface SyncSession {
  /** What progress is of: `Syncing`. */
  readonly label: string;
  readonly tasks: SyncOptions["tasks"];
  readonly lasts: "until done" | "until interrupted";
  /** Only these; what the settings say when empty. */
  readonly rooms: readonly RoomId[];
}

/** How long the last push may take when a command is interrupted, milliseconds. */
export const STOP_MS = 5_000;

/**
 * Runs `work` and releases everything.
 *
 * @throws {UsageError} `usage/bucket` when no bucket is named; `bucket/address`
 * @throws {ChatnodeError} `history/locked` when a server has the folder; {@linkcode BucketError}
 */
export async function withSync<T>(
  invocation: Surrounding,
  session: SyncSession,
  work: (sharing: SyncNoticesOptions) => Promise<T>,
): Promise<T> {
  try {
    return await run(invocation, session, work);
  } catch (error) {
    throw explained(error, invocation.settings.data);
  }
}

type Surrounding = Pick<Invocation, "io" | "settings" | "signal">;

/** What the disk says when a file of the sync's own cannot be written. */
function explained(error: unknown, data: string): unknown {
  const code = error instanceof ChatnodeError ? undefined : osCode(error);
  if (code === undefined) return error;
  const state = isFull(code) ? "no space is left" : `the disk failed (${code})`;
  return new ChatnodeError(
    "sync/disk",
    `Cannot write below ${visible(data)}: ${state}`,
    { hint: "Run it again when that is put right: it goes on where it ended.", cause: error },
  );
}

async function run<T>(
  { io, settings, signal }: Surrounding,
  { label, tasks, lasts, rooms }: SyncSession,
  work: (sharing: SyncNoticesOptions) => Promise<T>,
): Promise<T> {
  const url = settings.bucket;
  if (url === undefined) {
    throw new UsageError("usage/bucket", "Cannot sync: no bucket is named", {
      hint: "Name one with --bucket, for example --bucket s3://name/prefix or a folder.",
    });
  }
  const rule = retentionRule(settings);
  const { clock, environment, cwd } = io;
  const random = () => new DataView(io.random(4).buffer).getUint32(0) / 2 ** 32;
  const reach = lasts === "until done" ? reachBucket : awaitBucket;
  const bucket = await reach(url, { clock, random, environment, cwd, signal });
  await using _bucket = bucket.bucket;
  await io.stderr.write(`${visible(bucket.line)}\n`);
  const shown = progress({ label, total: undefined, unit: "events", output: io.stderr, clock });
  // Signing comes before storing. Where nobody watches, work without an end says nothing.
  using _beats = lasts === "until done" || io.stderr.isTerminal
    ? heartbeat(shown, clock)
    : undefined;
  const { history, sync } = await openSyncedHistory({
    ...{ settings, clock, random, bucket, signal, tasks, unasked: "nobody writes" },
    rooms: rooms.length === 0 ? settings.syncRooms : rooms,
    openHistory: () =>
      openHistory({
        ...{ dir: settings.data, program: "chatnode sync", clock },
        node: () => settleNodeName(settings.data, settings.name, (count) => io.random(count)),
        durability: settings.durability,
        ...(settings.search ? { index: workerIndex } : {}),
      }),
    forgotten: (room) => forgottenBefore(rule, room, clock.now()),
    onProgress: ({ events }) => shown.advance(events),
  });
  try {
    const done = await work({ settings, history, sync, clock, random });
    // So that it lies in the rooms' files, where `history verify` checks every signature.
    if (sync.status().pulled.events > 0) await history.seal();
    return done;
  } finally {
    await sync.stop(STOP_MS);
    await shown.finish();
    await history.close();
  }
}
