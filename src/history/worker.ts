/**
 * The worker thread's entry point.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { breathe, restful } from "./breather.ts";
import { IndexHost } from "./index_host.ts";
import { mergeSegments } from "./merging.ts";
import { systemRandom } from "./random.ts";
import { findChainEnds } from "./retention_anchors.ts";
import { sealJournal } from "./sealing.ts";
import { serve, type WorkerScope } from "./worker_dispatch.ts";

const index = new IndexHost({ clock: systemClock, random: systemRandom, breathe });

serve(self as unknown as WorkerScope, {
  seal: (task, { breathe }) => {
    return sealJournal(task, task.pace === "swift" ? breathe : restful(breathe, systemClock));
  },
  merge: (task, { breathe }) => mergeSegments(task, breathe),
  chainEnds: (task, { breathe }) => findChainEnds(task, breathe),
  indexStep: (task, { report }) => index.step(task, report),
  indexSearch: (task) => index.call("search", task),
  indexRefresh: (task) => index.call("refresh", task),
  indexSettle: (task) => index.call("settle", task),
  indexForget: (task) => index.call("forget", task),
  indexReset: (task) => index.call("reset", task),
  indexClose: () => index.close(),
});
