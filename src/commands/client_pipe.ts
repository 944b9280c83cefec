/**
 * `chatnode client` for scripts and services: text or JSON, no terminal.
 *
 * @module
 */
import { parseRoom } from "../message/address.ts";
import { JsonPipe } from "../ui/terminal/json_pipe.ts";
import { Pipe, type PipeForm } from "../ui/terminal/piped.ts";
import { TextPipe } from "../ui/terminal/text_pipe.ts";
import { farewellsOf, paintFor } from "./client_look.ts";
import type { Running } from "./client_modes.ts";
import type { Opened } from "./client_session.ts";
import type { ExitCode } from "./command.ts";

interface Piping extends Running {
  readonly opened: Opened;
  /** Whose session it is, where it has several beside it. */
  readonly account: string | undefined;
}

/** An input that has ended. */
const NOTHING = { read: () => Promise.resolve(null) };

/** Runs until the input has ended and everything of it was sent. @throws as `Pipe.run` */
export async function runPipe(piping: Piping): Promise<ExitCode> {
  const { opened: { session }, options, io, signal } = piping;
  const { history: count = 0, headless, follow } = options;
  const pipe = new Pipe(
    {
      backlog: count === 0 ? undefined : { room: parseRoom(options.room), count },
      ...{ session, input: headless ? NOTHING : io.stdin, clock: io.clock, signal },
      atEnd: follow || headless ? "stay" : "leave",
      patienceMs: options.timeout,
    },
    (one) => formOf(one, piping),
  );
  return await pipe.run() === "done" ? 0 : 1;
}

function formOf(pipe: Pipe, { opened, account, options, io }: Piping): PipeForm {
  const { session } = opened;
  const target = options.to === undefined ? { room: parseRoom(options.room) } : { to: options.to };
  if (options.json) {
    return new JsonPipe({ session, target, account, out: (line) => io.stdout.write(line) }, pipe);
  }
  const hands = io.stdin.isTerminal ? ["/quit"] : [];
  return new TextPipe({
    ...{ session, target, clock: io.clock, paint: paintFor(io.stdout, io, options) },
    farewells: [...farewellsOf(opened), ...hands],
    // A service has nobody to show messages to; its news go where its errors go.
    out: (line) => options.headless ? Promise.resolve() : io.stdout.write(`${line}\n`),
    note: (line) => io.stderr.write(`${line}\n`),
  }, pipe);
}
