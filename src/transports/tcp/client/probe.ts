import type { Socket } from "node:net";
import type { Clock } from "../../../clock.ts";
import { openSocket, type TcpTarget } from "./socket.ts";

/** How long a chatnode may take to greet, milliseconds. */
const PATIENCE = 2_000;

/**
 * A telnet command that does nothing. A chatnode takes it for somebody at a keyboard and greets; an
 * original server takes it for half a header and waits, and announces nobody.
 */
const NO_OPERATION = new Uint8Array([255, 241]);

/**
 * Finds out what listens at an address, by a connection of its own that is over afterwards and that
 * nobody in the chat sees.
 *
 * @throws {ChatnodeError} `tcp/unreachable`
 */
export async function probe(
  target: TcpTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<"chatnode" | "original"> {
  const socket = await openSocket(target, signal);
  try {
    socket.write(NO_OPERATION);
    return await answers(socket, clock, signal) ? "chatnode" : "original";
  } finally {
    socket.destroy();
  }
}

function answers(socket: Socket, clock: Clock, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(PATIENCE, () => finish(false));
    const finish = (answered: boolean) => {
      timer.cancel();
      signal.removeEventListener("abort", aborted);
      resolve(answered);
    };
    const aborted = () => finish(false);
    signal.addEventListener("abort", aborted, { once: true });
    socket.once("data", () => finish(true));
    socket.once("close", () => finish(false));
  });
}
