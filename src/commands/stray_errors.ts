import type { Logger } from "../log.ts";

/**
 * Logs errors that nobody caught instead of ending the process: a fault in the handling of one
 * message must not cost everybody their connection. The result ends that.
 */
export function surviveStrayErrors(log: Logger): () => void {
  return onStrayError((error) => log.error("an error that nobody caught: {error}", { error }));
}

/** Calls `listener` for each error that nobody caught instead of ending the process, until ended. */
export function onStrayError(listener: (error: unknown) => void): () => void {
  const rejected = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    listener(event.reason);
  };
  const thrown = (event: ErrorEvent) => {
    event.preventDefault();
    listener(event.error);
  };
  globalThis.addEventListener("unhandledrejection", rejected);
  globalThis.addEventListener("error", thrown);
  return () => {
    globalThis.removeEventListener("unhandledrejection", rejected);
    globalThis.removeEventListener("error", thrown);
  };
}
