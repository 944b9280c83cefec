/**
 * `chatnode sync`.
 *
 * @module
 */
import { roomName } from "../config/forms.ts";
import { boolean, list } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import { openHistory } from "../history/open.ts";
import { workerIndex } from "../history/search_index.ts";
import { parseRoom } from "../message/address.ts";
import { MessageError } from "../message/error.ts";
import type { RoomId } from "../message/event.ts";
import { visible } from "../text.ts";
import { reachBucket } from "./bucket.ts";
import { action, groupWith, option } from "./command.ts";
import { forgottenBefore, retentionRule } from "./node_core.ts";
import { settleNodeName } from "./node_name.ts";
import { progress } from "./progress.ts";
import { keysCommand } from "./sync_keys.ts";
import { brokerOf, openNotices, type SyncNoticesOptions } from "./sync_notices.ts";
import { catchUp, tellSync } from "./sync_once.ts";
import { openSyncedHistory } from "./synced_history.ts";

const bare = action({
  name: "sync",
  summary: "Share the history through a bucket",
  reads: "sync",
  description: "Stores what was said here in the bucket and takes in what others have stored, " +
    "checked and signed; run again it goes on where it ended. The server has to be stopped: " +
    "`chatnode server --bucket URL` shares the history of a running node.\n\n" +
    "Exit code 1 when something could not be shared; it is named.",
  examples: [
    { line: "sync --bucket s3://backups/chat", does: "Once, both ways." },
    { line: "sync --bucket /mnt/share/chat --watch", does: "Until it is interrupted." },
    { line: "sync --bucket gs://team --pull --room general", does: "Only fetch, only this room." },
  ],
  options: {
    room: option(list(roomName()), "Only these rooms; may be given several times.", []),
    once: option(
      boolean(),
      "Come to an end when everything is shared. This is the default.",
      false,
    ),
    watch: option(boolean(), "Go on until interrupted.", false),
    push: option(boolean(), "Only store what was said here.", false),
    pull: option(boolean(), "Only take in what others have stored.", false),
    json: option(boolean(), "Print what was done as JSON.", false),
  },
  async run({ io, settings, options, signal }) {
    const { once, watch, push, pull, json } = options;
    if (once && watch) throw both("once", "watch");
    if (push && pull) throw both("push", "pull");
    const url = settings.bucket;
    if (url === undefined) {
      throw new UsageError("usage/bucket", "Cannot sync: no bucket is named", {
        hint: "Name one with --bucket, for example --bucket s3://name/prefix or a folder.",
      });
    }
    const rule = retentionRule(settings);
    const random = () => new DataView(io.random(4).buffer).getUint32(0) / 2 ** 32;
    const surroundings = { ...io, random, signal };
    const bucket = await reachBucket(url, surroundings);
    await using _bucket = bucket.bucket;
    const { clock } = io;
    const shown = progress({
      ...{ label: "Syncing", total: undefined, unit: "events", clock },
      output: io.stderr,
    });
    const { history, sync } = await openSyncedHistory({
      ...{ settings, clock, random, bucket, signal },
      openHistory: () =>
        openHistory({
          ...{ dir: settings.data, program: "chatnode sync", clock },
          node: () => settleNodeName(settings.data, settings.name, (count) => io.random(count)),
          durability: settings.durability,
          ...(settings.search ? { index: workerIndex } : {}),
        }),
      tasks: push ? "push" : pull ? "pull" : "both",
      rooms: options.room.map(roomNamed),
      forgotten: (room) => forgottenBefore(rule, room, clock.now()),
      onProgress: ({ events }) => shown.advance(events),
    });
    try {
      if (watch) await watchUntil({ settings, history, sync, clock, random }, signal);
      else await catchUp(sync, clock, signal);
    } finally {
      await sync.stop(STOP_MS);
      await shown.finish();
      await history.close();
    }
    return await tellSync(sync.status(), json ? "json" : "text", io);
  },
});

export const command = groupWith(bare, keysCommand);

/** How long the last push of a watch may take, milliseconds. */
const STOP_MS = 5_000;

function roomNamed(name: string): RoomId {
  try {
    return parseRoom(name);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    throw new UsageError("usage/room", `Cannot use --room: ${visible(name)} is no room's name`);
  }
}

function both(one: string, other: string): UsageError {
  return new UsageError("usage/together", `Cannot use --${one} with --${other}: only one of them`);
}

async function watchUntil(sharing: SyncNoticesOptions, signal: AbortSignal): Promise<void> {
  const { sync, settings } = sharing;
  const broker = await brokerOf(settings);
  const notices = broker === undefined ? undefined : await openNotices(broker, sharing);
  sync.start();
  if (!signal.aborted) {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
  }
  // Others should hear of what is pushed last.
  await sync.stop(STOP_MS);
  await notices?.close();
}
