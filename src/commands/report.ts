/**
 * From an error to sentences and an exit code.
 *
 * @module
 */
import { ChatnodeError, UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { SettingsError } from "../config/faults.ts";
import { Interrupted } from "./interruption.ts";
import { type Io, OutputClosed } from "./io.ts";
import { stylesOf } from "./output.ts";

/** Whether stack traces are shown: with the setting `verbose` alone. */
export type Detail = "sentence" | "trace";

/**
 * Says on stderr what went wrong, each fault a sentence and a hint, and resolves with the exit code
 * for it. Never rejects.
 */
export async function report(error: unknown, detail: Detail, io: Io): Promise<number> {
  if (error instanceof OutputClosed) return 0;
  if (error instanceof Interrupted) return error.exitCode;
  const styles = stylesOf(io.stderr, io.environment);
  const faults = error instanceof SettingsError
    ? error.faults
    : [{ message: sentence(error), ...hintOf(error) }];
  const lines = faults.flatMap(({ message, hint }) => [
    `${styles.red("chatnode:")} ${visible(message).replace(/\.$/, "")}.`,
    ...(hint === undefined ? [] : [`  ${visible(hint)}`]),
  ]);
  if (detail === "trace") lines.push(trace(error));
  // An error is one whether or not somebody reads of it.
  await io.stderr.write(`${lines.join("\n")}\n`).catch(() => {});
  return error instanceof UsageError || error instanceof SettingsError ? 2 : 1;
}

/** What is asked for before any setting could be read. */
export function detailAsked(args: readonly string[], io: Io): Detail {
  const variable = io.environment["CHATNODE_VERBOSE"] ?? "";
  const asked = args.includes("--verbose") || ["true", "on", "yes", "1"].includes(variable);
  return asked ? "trace" : "sentence";
}

function sentence(error: unknown): string {
  if (error instanceof ChatnodeError) return error.message;
  if (lacksPermission(error)) return "Cannot go on: the program runs without a permission it needs";
  if (isForbidden(error)) return "Cannot go on: this user may not do it";
  if (!(error instanceof Error)) return `Cannot go on: ${typeof error} was thrown`;
  return `Cannot go on: ${quotesInput(error) ? error.name : `${error.name}: ${error.message}`}`;
}

/** What JSON.parse and the like throw repeats the input, which may be a message or a secret. */
function quotesInput(error: Error): boolean {
  return error instanceof SyntaxError;
}

function lacksPermission(error: unknown): error is Error {
  return error instanceof Deno.errors.NotCapable;
}

/** Refused by the operating system, not by the runtime. */
function isForbidden(error: unknown): error is Error {
  return error instanceof Deno.errors.PermissionDenied;
}

function hintOf(error: unknown): { hint?: string } {
  if (lacksPermission(error)) return { hint: `${error.message}.` };
  if (isForbidden(error)) return { hint: `The system says: ${error.message}` };
  if (!(error instanceof ChatnodeError)) return { hint: "Run it with --verbose for the details." };
  return error.hint === undefined ? {} : { hint: error.hint };
}

/** The stack of an error and of its causes, each line made visible. */
function trace(error: unknown): string {
  const lines: string[] = [];
  for (let at = error; at instanceof Error && lines.length < 100; at = at.cause) {
    const [, ...frames] = (at.stack ?? "").split(/\n(?= +at )/);
    const head = quotesInput(at) ? at.name : `${at.name}: ${at.message}`;
    lines.push(...[head, ...frames].map(visible));
  }
  return lines.join("\n");
}
