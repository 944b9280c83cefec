/**
 * The real terminal, environment, signals, clock and randomness.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { ChatnodeError } from "../errors.ts";
import { throughAliases } from "../transports/xmpp/dial/aliases.ts";
import { type Input, type Io, type Output, OutputClosed } from "./io.ts";

/** The process' own surroundings. */
export function systemIo(): Io {
  return {
    stdin,
    stdout: output(Deno.stdout, "stdout"),
    stderr: output(Deno.stderr, "stderr"),
    environment: environment(),
    cwd: Deno.cwd(),
    signals: {
      on(signal, listener) {
        // Nobody can send it there.
        if (signal === "SIGUSR2" && Deno.build.os === "windows") return () => {};
        Deno.addSignalListener(signal, listener);
        return () => Deno.removeSignalListener(signal, listener);
      },
      suspend: () => Deno.kill(Deno.pid, "SIGTSTP"),
    },
    clock: systemClock,
    fetch: (url, init) => fetch(url, init),
    resolveServices: throughAliases({
      services: async (name, signal) => await Deno.resolveDns(name, "SRV", { signal }),
      aliases: async (name, signal) => await Deno.resolveDns(name, "CNAME", { signal }),
    }),
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}

/** Without the permission to read it, the environment is empty: that is what was asked for. */
function environment(): Readonly<Record<string, string>> {
  try {
    return Deno.env.toObject();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return {};
    throw error;
  }
}

const stdin: Input = {
  get isTerminal() {
    return Deno.stdin.isTerminal();
  },
  read: (buffer) => Deno.stdin.read(buffer),
  setRaw: (mode) => Deno.stdin.setRaw(mode === "raw"),
};

/** What an output keeps that is held, bytes. */
const HELD_MOST = 64 * 1024;

/** What of `Deno.stdout` is used. */
interface Stream {
  isTerminal(): boolean;
  write(data: Uint8Array): Promise<number>;
}

function output(stream: Stream, name: string): Output {
  const encoder = new TextEncoder();
  /** One write after the other: parts of two never mix. */
  let last: Promise<unknown> = Promise.resolve();
  let held: Uint8Array[] | undefined;
  const written = (bytes: Uint8Array) => {
    const done = last.then(() => writeAll(stream, name, bytes));
    last = done.catch(() => {});
    return done;
  };
  return {
    get isTerminal() {
      return stream.isTerminal();
    },
    get columns() {
      // A terminal that nobody told its size says 0.
      return stream.isTerminal() ? Deno.consoleSize().columns || undefined : undefined;
    },
    get rows() {
      return stream.isTerminal() ? Deno.consoleSize().rows || undefined : undefined;
    },
    write(data) {
      const bytes = typeof data === "string" ? encoder.encode(data) : data;
      if (held === undefined) return written(bytes);
      const length = held.reduce((sum, one) => sum + one.length, bytes.length);
      if (length <= HELD_MOST) held.push(bytes.slice());
      return Promise.resolve();
    },
    hold() {
      held ??= [];
      return async () => {
        const all = held ?? [];
        held = undefined;
        for (const bytes of all) await written(bytes);
      };
    },
  };
}

/**
 * @throws {OutputClosed}
 * @throws {ChatnodeError} `output/unwritable` for a full disk
 */
async function writeAll(stream: Stream, name: string, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
  } catch (cause) {
    if (cause instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOSPC")) throw cause;
    throw new ChatnodeError("output/unwritable", `Cannot write to ${name}: no space is left`, {
      cause,
    });
  }
}
