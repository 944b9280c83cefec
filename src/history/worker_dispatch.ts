/**
 * The worker's side of {@linkcode WorkerCalls}: gives each request to its handler and posts what
 * comes of it. Requests run side by side; a handler that works long lets others in between.
 *
 * @module
 */
import { ChatnodeError } from "../errors.ts";
import { breathe } from "./breather.ts";
import { HistoryError, osCode } from "./errors.ts";
import type {
  CallContext,
  CallName,
  Handler,
  Handlers,
  WorkerReply,
  WorkerRequest,
} from "./worker_protocol.ts";

/** The worker's global object, as far as it is used here. */
export interface WorkerScope {
  onmessage: ((message: MessageEvent<WorkerRequest>) => void) | null;
  postMessage(reply: WorkerReply): void;
}

/** Answers requests from now on. */
export function serve(scope: WorkerScope, handlers: Handlers): void {
  const calls = new Map<number, AbortController>();
  scope.onmessage = ({ data }) => {
    if ("cancel" in data) {
      calls.get(data.id)?.abort(new HistoryError("history/closed", "The call was cancelled"));
      return;
    }
    const controller = new AbortController();
    calls.set(data.id, controller);
    const post = (reply: WorkerReply) => scope.postMessage(reply);
    void answer(data, handlers, controller.signal, post).finally(() => calls.delete(data.id));
  };
}

async function answer(
  { id, call, task }: Extract<WorkerRequest, { readonly call: CallName }>,
  handlers: Handlers,
  signal: AbortSignal,
  post: (reply: WorkerReply) => void,
): Promise<void> {
  const context: CallContext<CallName> = {
    signal,
    report: (progress) => post({ id, progress }),
    async breathe() {
      await breathe();
      signal.throwIfAborted();
    },
  };
  try {
    // The call's name picks task and handler alike, which the type system cannot follow.
    const handler = handlers[call] as Handler<CallName>;
    post({ id, result: await handler(task as never, context) });
  } catch (error) {
    const code = error instanceof ChatnodeError ? error.code : osCode(error);
    const message = error instanceof Error ? error.message : "unknown failure";
    post({ id, failure: { code, message } });
  }
}
