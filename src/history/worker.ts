/**
 * The worker thread's entry point.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { restful } from "./breather.ts";
import { mergeSegments } from "./merging.ts";
import { sealJournal } from "./sealing.ts";
import { serve, type WorkerScope } from "./worker_dispatch.ts";

serve(self as unknown as WorkerScope, {
  seal: (task, { breathe }) => {
    return sealJournal(task, task.pace === "swift" ? breathe : restful(breathe, systemClock));
  },
  merge: (task, { breathe }) => mergeSegments(task, breathe),
});
