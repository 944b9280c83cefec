/**
 * What a task tells of its work: one line a step, on stderr.
 *
 * @module
 */
import { ChatnodeError } from "../src/errors.ts";

/** Runs the steps of a task; each is announced, and closed with the time it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  await say(`${what} ...`);
  try {
    const result = await work();
    await say(` ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    await say(" failed\n");
    throw error;
  }
}

/** One line of its own. */
export async function line(text: string): Promise<void> {
  await say(`${text}\n`);
}

async function say(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stderr.write(bytes.subarray(at));
}

/**
 * Runs a task as the program: what goes wrong becomes a sentence with its hint on stderr and exit
 * code 1 (2 for a wrong command line), anything unexpected keeps its stack.
 */
export async function main(task: (args: readonly string[]) => Promise<number>): Promise<never> {
  try {
    Deno.exit(await task(Deno.args));
  } catch (error) {
    if (isParseArgsError(error)) {
      await line(`chatnode: Cannot read the command line: ${error.message}`);
      Deno.exit(2);
    }
    if (!(error instanceof ChatnodeError)) throw error;
    await line(`chatnode: ${error.message}.`);
    if (error.hint !== undefined) await line(`  ${error.hint}`);
    Deno.exit(error.name === "UsageError" ? 2 : 1);
  }
}

/** What `parseArgs` of `node:util` throws for a wrong command line. */
function isParseArgsError(error: unknown): error is TypeError {
  return error instanceof TypeError && "code" in error &&
    String(error.code).startsWith("ERR_PARSE_ARGS");
}
