/**
 * SIGINT and SIGTERM as an AbortSignal.
 *
 * @module
 */
import type { Clock, Timer } from "../clock.ts";
import type { Signals } from "./io.ts";

/** Why a command's signal aborted; thrown on, it ends the program quietly. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** 128 + the signal's number, as shells have it. */
  readonly exitCode: number;

  constructor(signal: "SIGHUP" | "SIGINT" | "SIGTERM") {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
  }
}

/** See {@linkcode interruption}. */
export interface Interruption {
  /** The signal; signals of the system are listened for from the first call on. */
  signal(): AbortSignal;
  /** Gives the signals their ordinary effect back; idempotent. */
  release(): void;
}

/**
 * How long further signals count as the first one, milliseconds. Ctrl-C at a terminal reaches every
 * program of the command line, and `deno task` and npm hand theirs on: one keypress arrives twice,
 * on a busy machine with some time between.
 */
const SAME_KEYPRESS_MS = 1_000;

/**
 * A signal that aborts with {@linkcode Interrupted} at the first SIGINT or SIGTERM. A moment later
 * both have their ordinary effect again: a second Ctrl-C ends what does not want to end.
 */
export function interruption(signals: Signals, clock: Clock): Interruption {
  const controller = new AbortController();
  let forget: (() => void)[] | undefined;
  let moment: Timer | undefined;
  const release = () => {
    moment?.cancel();
    for (const end of forget ?? []) end();
    forget = [];
  };
  return {
    release,
    signal() {
      forget ??= (["SIGINT", "SIGTERM"] as const).map((name) =>
        signals.on(name, () => {
          if (controller.signal.aborted) return;
          moment = clock.after(SAME_KEYPRESS_MS, release);
          controller.abort(new Interrupted(name));
        })
      );
      return controller.signal;
    },
  };
}
