/**
 * The worker thread's entry point.
 *
 * @module
 */
import { mergeSegments } from "./merging.ts";
import { sealJournal } from "./sealing.ts";
import { serve, type WorkerScope } from "./worker_dispatch.ts";

serve(self as unknown as WorkerScope, {
  seal: (task, { breathe }) => sealJournal(task, breathe),
  merge: (task, { breathe }) => mergeSegments(task, breathe),
});
