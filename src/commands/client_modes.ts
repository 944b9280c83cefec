/**
 * Shows a session: at a terminal with a line to write in, or to scripts as text or JSON.
 *
 * @module
 */
import type { RoomId } from "../message/event.ts";
import { parseRoom } from "../message/address.ts";
import { JsonPipe } from "../ui/terminal/json_pipe.ts";
import { runLineMode } from "../ui/terminal/line_mode.ts";
import { COLOURED, type Paint, PLAIN } from "../ui/terminal/paint.ts";
import { Pipe, type PipeForm } from "../ui/terminal/piped.ts";
import { TextPipe } from "../ui/terminal/text_pipe.ts";
import type { ClientFlags } from "./client_options.ts";
import type { Opened } from "./client_session.ts";
import type { ExitCode } from "./command.ts";
import type { Io, Output } from "./io.ts";
import { wantsColour } from "./output.ts";

/** What running takes. */
export interface Running {
  readonly opened: Opened;
  readonly options: ClientFlags;
  readonly io: Io;
  readonly signal: AbortSignal;
}

const TERMINAL_BACKLOG = 20;

/** Runs until the person leaves or the input has ended. @throws why the session ended by itself */
export async function runClient(running: Running): Promise<ExitCode> {
  const { opened: { session }, options, io } = running;
  try {
    await warn(running);
    const isDumb = io.environment["TERM"] === "dumb";
    const isTerminal = io.stdin.isTerminal && io.stdout.isTerminal && !isDumb;
    if (options.json || !isTerminal || options.to !== undefined) return await runPipe(running);
    await runTerminal(running);
    return 0;
  } finally {
    await session.close();
  }
}

/** Says what is not safe. */
async function warn({ opened: { privacy }, io }: Running): Promise<void> {
  if (privacy === "private") return;
  await io.stderr.write("chatnode: insecure: the connection is not encrypted.\n");
}

async function runTerminal({ opened, options, io, signal }: Running): Promise<void> {
  await runLineMode({
    session: opened.session,
    keyboard: io.stdin,
    output: io.stdout,
    clock: io.clock,
    paint: paintFor(io.stdout, io),
    room: roomOf(options),
    backlog: options.history ?? TERMINAL_BACKLOG,
    bell: options.bell ? "ring" : "silent",
    farewells: farewellsOf(opened),
    onResize: (changed) => io.signals.on("SIGWINCH", changed),
    signal,
  });
}

async function runPipe(running: Running): Promise<ExitCode> {
  const { opened: { session }, options, io, signal } = running;
  const { history: count = 0 } = options;
  const pipe = new Pipe(
    {
      backlog: count === 0 ? undefined : { room: roomOf(options), count },
      ...{ session, input: io.stdin, clock: io.clock, signal },
      atEnd: options.follow ? "stay" : "leave",
      patienceMs: options.timeout,
    },
    (one) => formOf(one, running),
  );
  return await pipe.run() === "done" ? 0 : 1;
}

function formOf(pipe: Pipe, { opened, options, io }: Running): PipeForm {
  const { session } = opened;
  const target = options.to === undefined ? { room: roomOf(options) } : { to: options.to };
  if (options.json) {
    return new JsonPipe({ session, target, out: (line) => io.stdout.write(line) }, pipe);
  }
  const hands = io.stdin.isTerminal ? ["/quit"] : [];
  return new TextPipe({
    ...{ session, target, clock: io.clock, paint: paintFor(io.stdout, io) },
    farewells: [...farewellsOf(opened), ...hands],
    out: (line) => io.stdout.write(`${line}\n`),
    note: (line) => io.stderr.write(`${line}\n`),
  }, pipe);
}

function roomOf({ room }: ClientFlags): RoomId {
  return parseRoom(room);
}

/** As the original client: these words leave. */
function farewellsOf({ protocol }: Opened): readonly string[] {
  return protocol === "original" ? ["exit", "quit"] : [];
}

function paintFor(output: Output, io: Io): Paint {
  return wantsColour(output, io.environment) ? COLOURED : PLAIN;
}
