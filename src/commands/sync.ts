/**
 * `chatnode sync`.
 *
 * @module
 */
import { roomName } from "../config/forms.ts";
import { boolean, list } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import { parseRoom } from "../message/address.ts";
import { MessageError } from "../message/error.ts";
import type { RoomId } from "../message/event.ts";
import { visible } from "../text.ts";
import { action, groupWith, option, optionalFlag } from "./command.ts";
import { Interrupted } from "./interruption.ts";
import { compactAction } from "./sync_compact.ts";
import { keysCommand } from "./sync_keys.ts";
import { brokerOf, openNotices, type SyncNoticesOptions } from "./sync_notices.ts";
import { catchUp, tellSync } from "./sync_once.ts";
import { STOP_MS, withSync } from "./sync_session.ts";

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
    room: optionalFlag(
      list(roomName()),
      "Only these rooms, in place of those of sync-rooms; may be given several times.",
    ),
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
  async run(invocation) {
    const { options } = invocation;
    const { once, watch, push, pull, json } = options;
    if (once && watch) throw both("once", "watch");
    if (push && pull) throw both("push", "pull");
    const tasks = push ? "push" : pull ? "pull" : "both";
    const lasts = watch ? "until interrupted" : "until done";
    const session = { label: "Syncing", tasks, lasts, rooms: roomsNamed(options.room) } as const;
    const { io, signal } = invocation;
    const work = async (sharing: SyncNoticesOptions) => {
      if (watch) await watchUntil(sharing, signal);
      else await catchUp(sharing.sync, io.clock, signal);
      return sharing.sync;
    };
    try {
      const done = await withSync(invocation, session, work);
      return await tellSync(done.status(), json ? "json" : "text", io);
    } catch (error) {
      // An interruption is how watching ends, also while it begins.
      if (watch && error instanceof Interrupted) return 0;
      throw error;
    }
  },
});

export const command = groupWith(bare, compactAction, keysCommand);

/** None named is no flag at all: an empty one must not share everything. */
function roomsNamed(names: readonly string[] | undefined): readonly RoomId[] {
  if (names?.length === 0) {
    throw new UsageError("usage/room", "Cannot use --room: no room is named");
  }
  return names?.map(roomNamed) ?? [];
}

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
