/**
 * Questions to the person at the terminal, and lines from whatever stands in for one.
 *
 * @module
 */
import { ChatnodeError, UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { Interrupted } from "./interruption.ts";
import type { Input, Io } from "./io.ts";

/** Longest line that is read, bytes of UTF-8. */
const LONGEST = 4096;

/** Bytes that a terminal in raw mode sends for keys. */
const KEY = { interrupt: 3, end: 4, backspace: 8, lf: 10, cr: 13, kill: 21, escape: 27, del: 127 };

/** A line that never ends, or is no text. */
function refused(state: string): UsageError {
  return new UsageError("terminal/input", `Cannot read the answer: ${state}`);
}

/**
 * One line of stdin without its end, or undefined when there is no more. Reads byte by byte, so
 * that what follows the line stays to be read.
 *
 * @throws {UsageError} `terminal/input` when the line is longer than 4096 bytes or not UTF-8
 */
export async function readLine(input: Input): Promise<string | undefined> {
  const line: number[] = [];
  const one = new Uint8Array(1);
  while (await input.read(one) !== null) {
    const [byte = KEY.lf] = one;
    if (byte === KEY.lf) return decoded(line).replace(/\r$/, "");
    line.push(byte);
    if (line.length > LONGEST) throw refused(`it is longer than ${LONGEST} bytes`);
  }
  return line.length === 0 ? undefined : decoded(line);
}

/**
 * Asks for a line that is not shown while it is typed (a password). Without a terminal the next line
 * of stdin is the answer and nothing is asked, so that scripts can pipe it in.
 *
 * @throws {UsageError} `terminal/no-input` when stdin has ended, `terminal/input` for a line that
 *   is too long or not UTF-8
 * @throws {Interrupted} on Ctrl-C
 */
export async function askSecret(io: Io, question: string): Promise<string> {
  if (!io.stdin.isTerminal) return answered(await readLine(io.stdin), question);
  // Before it asks: whoever types at once must not be shown either.
  io.stdin.setRaw("raw");
  try {
    await io.stderr.write(`${visible(question)}: `);
    return answered(await readKeys(io.stdin), question);
  } finally {
    io.stdin.setRaw("line");
    await io.stderr.write("\n");
  }
}

/**
 * Asks for a secret twice, until both are the same; without a terminal once.
 *
 * @throws as {@linkcode askSecret}, and {ChatnodeError} `terminal/mismatch` when three pairs differed
 */
export async function askNewSecret(io: Io, question: string): Promise<string> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const first = await askSecret(io, question);
    if (!io.stdin.isTerminal) return first;
    if (await askSecret(io, `${question} again`) === first) return first;
    await io.stderr.write("The two differ; once more.\n");
  }
  throw new ChatnodeError("terminal/mismatch", "Cannot take the answer: the two differ");
}

/**
 * Asks something that must not happen by accident; only `y` and `yes` agree. Without a terminal
 * nobody is there to agree: such callers need a flag instead.
 *
 * @throws {UsageError} `terminal/no-input` when stdin is no terminal; the hint names `flag`
 */
export async function confirm(io: Io, question: string, flag: string): Promise<boolean> {
  if (!io.stdin.isTerminal) {
    throw new UsageError("terminal/no-input", `Cannot ask "${question}": stdin is no terminal`, {
      hint: `Agree beforehand with ${flag}.`,
    });
  }
  await io.stderr.write(`${visible(question)} [y/N] `);
  const answer = await readLine(io.stdin);
  return /^(?:y|yes)$/i.test(answer?.trim() ?? "");
}

/** The keys up to Enter, from a terminal in raw mode. */
async function readKeys(input: Input): Promise<string | undefined> {
  const line: number[] = [];
  const buffer = new Uint8Array(256);
  for (;;) {
    const count = await input.read(buffer);
    if (count === null) return line.length === 0 ? undefined : decoded(line);
    // A key such as an arrow arrives in one piece and begins with escape: it types nothing.
    if (buffer[0] === KEY.escape) continue;
    for (const byte of buffer.subarray(0, count)) {
      if (byte === KEY.cr || byte === KEY.lf) return decoded(line);
      if (byte === KEY.interrupt) throw new Interrupted("SIGINT");
      if (byte === KEY.end && line.length === 0) return undefined;
      if (byte === KEY.backspace || byte === KEY.del) erase(line);
      else if (byte === KEY.kill) line.length = 0;
      else if (byte >= 0x20) line.push(byte);
    }
    if (line.length > LONGEST) throw refused(`it is longer than ${LONGEST} bytes`);
  }
}

/** Takes the last character away: its continuation bytes (10xxxxxx), then its first. */
function erase(line: number[]): void {
  while (((line.at(-1) ?? 0) & 0xc0) === 0x80) line.pop();
  line.pop();
}

function decoded(bytes: readonly number[]): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    throw refused("it is not UTF-8");
  }
}

function answered(line: string | undefined, question: string): string {
  if (line !== undefined) return line;
  throw new UsageError("terminal/no-input", `Cannot read "${question}": the input has ended`);
}
