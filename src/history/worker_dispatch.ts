/**
 * The worker's side of {@linkcode WorkerCalls}: gives each request to its handler and posts what
 * comes of it. Requests run side by side; a handler that works long lets others in between.
 *
 * @module
 */
import { ChatnodeError } from "../errors.ts";
import { osCode } from "./errors.ts";
import type { CallName, Handler, Handlers, WorkerReply, WorkerRequest } from "./worker_protocol.ts";

/** The worker's global object, as far as it is used here. */
export interface WorkerScope {
  onmessage: ((message: MessageEvent<WorkerRequest>) => void) | null;
  postMessage(reply: WorkerReply): void;
}

/** Answers requests from now on. */
export function serve(scope: WorkerScope, handlers: Handlers): void {
  scope.onmessage = ({ data }) => {
    void answer(data, handlers, (reply) => scope.postMessage(reply));
  };
}

async function answer(
  { id, call, task }: WorkerRequest,
  handlers: Handlers,
  post: (reply: WorkerReply) => void,
): Promise<void> {
  try {
    // The call's name picks task and handler alike, which the type system cannot follow.
    const handler = handlers[call] as Handler<CallName>;
    post({ id, result: await handler(task as never, (progress) => post({ id, progress })) });
  } catch (error) {
    const code = error instanceof ChatnodeError ? error.code : osCode(error);
    const message = error instanceof Error ? error.message : "unknown failure";
    post({ id, failure: { code, message } });
  }
}
