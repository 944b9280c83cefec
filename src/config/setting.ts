/**
 * What one row of the table of settings says, and how rows are written.
 *
 * @module
 */
import type { Kind } from "./kinds.ts";

/** The subcommands that read settings. */
export type Reader = "server" | "relay" | "history" | "account" | "sync" | "client";

/** How `docs/configuration.md` and `--help` group settings, in this order. */
export const GROUPS = [
  "Node",
  "Network",
  "Relay",
  "Accounts",
  "Messages",
  "History",
  "Sync",
  "XMPP",
  "Logs",
] as const;
export type Group = (typeof GROUPS)[number];

/** Environment variables by name; empty ones count as absent where a standard says so. */
export interface Environment {
  get(name: string): string | undefined;
}

/** What defaults may depend on: the rows that stand first in the table, and the environment. */
export interface Known {
  readonly environment: Environment;
  readonly env: "development" | "production" | "testing";
  readonly data: string;
  readonly host: string;
}

/** What every row says besides its kind and default. */
export interface Facts {
  readonly group: Group;
  /** One sentence that says what the setting decides, units included. */
  readonly help: string;
  /** Who reads it; `all` for every subcommand that has settings. */
  readonly readers: "all" | readonly Reader[];
  /** Environment names that are honoured besides the setting's own, for compatibility. */
  readonly aliases?: readonly string[];
  /** More for the reference page: one or a few sentences. */
  readonly details?: string;
}

/** One row of the table. `T` is the type of the value, `undefined` included when it may be absent. */
export interface Setting<T> extends Facts {
  readonly kind: Kind<NonNullable<T>>;
  /** The default in words, as help and the reference show it. */
  readonly defaultWords: string;
  /** True when the words are the default's own text, to be shown as code. */
  readonly plainDefault: boolean;
  /**
   * The value when no source gives one.
   *
   * @throws {Refused} when there is none and one is needed
   */
  default(known: Known): T;
}

/** A row with the same default everywhere. */
export function setting<T extends NonNullable<unknown>>(
  kind: Kind<T>,
  value: NoInfer<T>,
  facts: Facts,
): Setting<T> {
  const words = kind.print(value);
  return {
    ...facts,
    kind,
    defaultWords: words === "" ? "none" : words,
    plainDefault: words !== "",
    default: () => value,
  };
}

/** A row whose default follows from other rows or from the environment. */
export function derived<T extends NonNullable<unknown>>(
  kind: Kind<T>,
  words: string,
  from: (known: Known) => NoInfer<T>,
  facts: Facts,
): Setting<T> {
  return { ...facts, kind, defaultWords: words, plainDefault: false, default: from };
}

/** A row that may stay undecided. `words` says what happens then. */
export function optional<T extends NonNullable<unknown>>(
  kind: Kind<T>,
  words: string,
  facts: Facts,
): Setting<T | undefined> {
  return {
    ...facts,
    // NonNullable<T | undefined> is T; the compiler does not see it for a type parameter.
    kind: kind as Kind<NonNullable<T | undefined>>,
    defaultWords: words,
    plainDefault: false,
    default: () => undefined,
  };
}
