/**
 * `chatnode history reindex`.
 *
 * @module
 */
import { openHistory } from "../history/open.ts";
import { type WorkerIndex, workerIndex } from "../history/search_index.ts";
import { action } from "./command.ts";
import { withReader } from "./history_options.ts";
import { settleNodeName } from "./node_name.ts";
import { progress } from "./progress.ts";

export const reindexAction = action({
  name: "reindex",
  summary: "Make the search index anew",
  reads: "history",
  description:
    "The index is made of the messages and nothing is lost with it; a server makes it anew by " +
    "itself when it is missing or damaged. The server has to be stopped for this.",
  async run({ io: { stdout, stderr, clock, random }, settings, signal }) {
    const { data: dir, name } = settings;
    // Where nothing is, nothing is to be made.
    await withReader(dir, undefined, () => Promise.resolve());
    let index: WorkerIndex | undefined;
    const history = await openHistory({
      dir,
      clock,
      program: "chatnode history reindex",
      node: () => settleNodeName(dir, name, random),
      index: (seams) => index = workerIndex(seams),
    });
    let shown: ReturnType<typeof progress> | undefined;
    try {
      await index?.rebuild((done, total) => {
        signal.throwIfAborted();
        shown ??= progress({ label: "Indexing", total, unit: "bytes", output: stderr, clock });
        shown.update(done);
      });
    } finally {
      await shown?.finish();
      await history.close();
    }
    await stdout.write("The search index is made.\n");
  },
});
