/** Seals a store and is killed at a step. Arguments: data folder, `main` or `worker`, the step. */
import { openHistory } from "../../src/history/open.ts";
import { killAtStep } from "./crash_steps.ts";

const [dir = "", thread = "", step = ""] = Deno.args;
const worker = new URL(
  thread === "worker" ? `./crash_worker.ts?step=${step}` : "../../src/history/worker.ts",
  import.meta.url,
);
if (thread === "main") killAtStep(Number(step));
const history = await openHistory({ dir, worker });
await history.seal();
await history.close();
console.log("sealed");
