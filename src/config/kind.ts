/**
 * What a kind of value is: how it is read from text and from JSON, and written back.
 *
 * @module
 */
import { visible } from "../text.ts";

/** A value that a {@linkcode Kind} does not take. The message continues `Cannot set x: `. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** What to write instead, one sentence. */
  readonly hint?: string;

  constructor(message: string, hint?: string) {
    super(message);
    if (hint !== undefined) this.hint = hint;
  }
}

/** One kind of value. Reading what {@linkcode Kind.print} or {@linkcode Kind.json} gave is exact. */
export interface Kind<T> {
  /** Stands for the value in usage lines: `PORT`, `DIR`, `open|invite|closed`. Empty: no value. */
  readonly placeholder: string;
  /** What is taken, as a noun phrase: `an integer from 0 to 65535`. */
  readonly wants: string;
  /** All values there are, when they can be listed; for completions. */
  readonly choices?: readonly string[];
  /** Shells complete these with names of files or folders. */
  readonly completes?: "file" | "folder";
  /** True when a repeated flag adds to the value; otherwise the last one counts. */
  readonly repeats?: boolean;
  /** True for values that are never shown, and that flags and the file give as a file's path. */
  readonly secret?: boolean;
  /**
   * Reads text. Relative paths are taken from the folder `base`.
   *
   * @throws {Refused}
   */
  parse(text: string, base: string): T;
  /**
   * Reads a parsed JSON value of the settings file.
   *
   * @throws {Refused}
   */
  accept(value: unknown, base: string): T;
  /** The text that {@linkcode Kind.parse} reads as the same value. */
  print(value: T): string;
  /** The JSON value that {@linkcode Kind.accept} reads as the same value. */
  json(value: T): unknown;
}

/** At most this much of a refused value is repeated in an error. */
const QUOTED = 60;

function quoted(text: string): string {
  const shown = text.length > QUOTED ? `${text.slice(0, QUOTED)}...` : text;
  return `"${visible(shown)}"`;
}

function described(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (value === null || typeof value === "boolean" || typeof value === "number") return `${value}`;
  return Array.isArray(value) ? "a list" : "an object";
}

/** The refusal of `value` where `wants` was wanted; the value is quoted short and inert. */
export function not(value: unknown, wants: string, hint?: string): Refused {
  return new Refused(`${described(value)} is not ${wants}`, hint);
}
