/**
 * Seals and merges all there is in a store, and is killed at a step. Arguments: the data folder,
 * `main` or `worker`, the step.
 */
import { openHistory } from "../../src/history/open.ts";
import { eventually } from "../harness/eventually.ts";
import { killAtStep } from "./crash_steps.ts";

const [dir = "", thread = "", step = ""] = Deno.args;
const worker = new URL(
  thread === "worker" ? `./crash_worker.ts?step=${step}` : "../../src/history/worker.ts",
  import.meta.url,
);
if (thread === "main") killAtStep(Number(step));
const history = await openHistory({ dir, worker });
await history.seal();
await eventually("the sealer rests", () => !history.parts.sealer.busy);
await history.close();
console.log("finished");
