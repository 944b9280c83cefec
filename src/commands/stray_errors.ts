import type { Logger } from "../log.ts";

/**
 * Logs errors that nobody caught instead of ending the process: a fault in the handling of one
 * message must not cost everybody their connection. The result ends that.
 */
export function surviveStrayErrors(log: Logger): () => void {
  const rejected = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    log.error("an error that nobody caught: {error}", { error: event.reason });
  };
  const thrown = (event: ErrorEvent) => {
    event.preventDefault();
    log.error("an error that nobody caught: {error}", { error: event.error });
  };
  globalThis.addEventListener("unhandledrejection", rejected);
  globalThis.addEventListener("error", thrown);
  return () => {
    globalThis.removeEventListener("unhandledrejection", rejected);
    globalThis.removeEventListener("error", thrown);
  };
}
