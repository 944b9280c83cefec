/**
 * `chatnode sync compact`.
 *
 * @module
 */
import { action } from "./command.ts";
import { table } from "./output.ts";
import { catchUp } from "./sync_once.ts";
import { withSync } from "./sync_session.ts";

export const compactAction = action({
  name: "compact",
  summary: "Merge this node's small files of days that are over",
  reads: "sync",
  description: "Makes one file of all that this node has stored of a room and a day. The old " +
    "files are removed once every writer that is known has seen the new one, so that it takes a " +
    "later run; or after seven days of running. Where the bucket lets nothing be removed, " +
    "nothing is done. The server has to be stopped; `sync-compact` does it inside one.",
  examples: [{ line: "sync compact --bucket s3://backups/chat", does: "Also syncs both ways." }],
  run: (invocation) =>
    withSync<0>(
      invocation,
      { label: "Compacting", tasks: "both", lasts: "until done", rooms: [] },
      async ({ sync }) => {
        const { io, signal } = invocation;
        await catchUp(sync, io.clock, signal);
        const done = await sync.compact(signal);
        if (done === undefined) {
          await io.stderr.write(
            "chatnode: The bucket lets nothing be removed: nothing was merged.\n",
          );
          return 0;
        }
        await io.stdout.write(table([
          ["files made", String(done.made)],
          ["old files removed", String(done.removed)],
          ["old files that wait for readers", String(done.waiting)],
        ], { right: [1] }));
        return 0;
      },
    ),
});
