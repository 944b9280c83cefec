/** The store's worker, killed with its process at the step that stands in the worker's address. */
import { killAtStep } from "./crash_steps.ts";

killAtStep(Number(new URL(import.meta.url).searchParams.get("step")));
await import("../../src/history/worker.ts");
