/**
 * A worker that does nothing until it is told to stop: what is closed stays a journal for as long as
 * a test looks at it.
 */
import type { WorkerScope } from "../../src/history/worker_dispatch.ts";

const scope = self as unknown as WorkerScope;
scope.onmessage = ({ data }) => {
  if (!("cancel" in data)) return;
  const failure = { code: "history/closed", message: "The call was cancelled" };
  scope.postMessage({ id: data.id, failure });
};
