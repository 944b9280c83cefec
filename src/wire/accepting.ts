/**
 * Keeps listeners alive.
 *
 * The runtime forgets a listening socket when the system has refused to hand over a connection, as
 * it does while the process has no file descriptor left: no event tells of that, and nobody is let
 * in any more, however many descriptors are free again. `listen(2)` changes nothing for a socket
 * that listens already, and makes the runtime look at it again.
 *
 * @module
 */
import type { Server } from "node:net";
import type { Clock, Timer } from "../clock.ts";

/** How long nobody may be let in after descriptors are free again, milliseconds. */
const REMINDED_EVERY = 1_000;

/** The part of a server's handle that Node's own modules use and its types leave out. */
interface Handle {
  listen?(backlog: number): number;
}

/** Reminds `server`, which listens with `backlog`; the result ends that. */
export function keepAccepting(server: Server, backlog: number, clock: Clock): () => void {
  let timer: Timer;
  const remind = () => {
    if (server.listening) {
      (server as { readonly _handle?: Handle | null })._handle?.listen?.(backlog);
    }
    timer = clock.after(REMINDED_EVERY, remind);
  };
  timer = clock.after(REMINDED_EVERY, remind);
  return () => timer.cancel();
}
