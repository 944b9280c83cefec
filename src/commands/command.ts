/**
 * What a subcommand is. Each stands in a file of its own that exports `command`; `cli.ts` finds,
 * parses and runs it, help and completions are made from what it says here.
 *
 * @module
 */
import type { Kind } from "../config/kinds.ts";
import type { Loaded } from "../config/load.ts";
import type { Reader } from "../config/setting.ts";
import type { Settings } from "../config/schema.ts";
import type { Io } from "./io.ts";

/** A flag of one command's own; settings come from the table in `config/schema.ts`. */
export interface Option<T> {
  readonly kind: Kind<NonNullable<T>>;
  /** One sentence, units included. */
  readonly help: string;
  /** Shown in help; undefined when there is none. */
  readonly defaultText: string | undefined;
  readonly fallback: T;
}

/** A flag with a default. */
export function option<T extends NonNullable<unknown>>(
  kind: Kind<T>,
  help: string,
  fallback: NoInfer<T>,
): Option<T> {
  return { kind, help, fallback, defaultText: kind.print(fallback) };
}

/** A flag that may be absent: its value is then undefined. */
export function optionalFlag<T extends NonNullable<unknown>>(
  kind: Kind<T>,
  help: string,
): Option<T | undefined> {
  return {
    // NonNullable<T | undefined> is T; the compiler does not see it for a type parameter.
    kind: kind as Kind<NonNullable<T | undefined>>,
    help,
    fallback: undefined,
    defaultText: undefined,
  };
}

/** Flags by key in camelCase: `dryRun` is `--dry-run`. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values that a command's flags were given. */
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};

/** Arguments without a dash. */
export interface Positionals {
  /** As usage shows them: `NAME`, `[ROOM...]`. */
  readonly usage: string;
  /** What they are, one sentence. */
  readonly help: string;
  readonly least: number;
  readonly most: number;
  /** For completions: all values, or names of files. */
  readonly choices?: readonly string[];
  readonly completes?: "file";
}

/** One line that a reader can run, and what it does. */
export interface Example {
  /** Without the leading `chatnode`. */
  readonly line: string;
  readonly does: string;
}

/** What every command says of itself. */
export interface About {
  /** One word, as typed. */
  readonly name: string;
  /** What it does, in one line without a full stop; for lists of commands. */
  readonly summary: string;
  /** What somebody who asks for `--help` wants to know first; paragraphs, wrapped when shown. */
  readonly description?: string;
  readonly examples?: readonly Example[];
}

/** What a command runs with. */
export interface Invocation<O extends Options = Options> {
  readonly io: Io;
  readonly settings: Settings;
  /** Where each setting came from. */
  readonly loaded: Loaded;
  readonly options: Values<O>;
  readonly positionals: readonly string[];
  /**
   * Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. Signals keep
   * their ordinary effect until this is read for the first time.
   */
  readonly signal: AbortSignal;
}

/** 0 done, 1 failed, 2 used wrongly; nothing means 0. */
export type ExitCode = 0 | 1 | 2;

/** A command that does something. */
export interface Action extends About {
  readonly kind: "action";
  /**
   * Whose settings it takes as flags and reads; none for commands that must work whatever the
   * settings are (`Invocation.settings` throws then).
   */
  readonly reads: Reader | "every" | "none";
  /**
   * `service`: the log settings hold, files are kept and opened anew on SIGHUP. `warnings`: those
   * alone, on stderr.
   */
  readonly logs: "service" | "warnings";
  readonly options: Options;
  readonly positionals: Positionals | undefined;
  /**
   * @throws {UsageError} exit code 2
   * @throws {ChatnodeError} exit code 1, its sentence and hint on stderr
   */
  run(invocation: Invocation): Promise<ExitCode | void>;
}

/** A command that holds others: `history` of `history search`. */
export interface Group extends About {
  readonly kind: "group";
  readonly commands: readonly Command[];
  /** What the group's own name does when none of its commands is named. */
  readonly bare?: Action;
}

export type Command = Action | Group;

/** What {@linkcode action} takes. */
export interface ActionSpec<O extends Options> extends About {
  readonly reads: Reader | "every" | "none";
  /** Default: `warnings`. */
  readonly logs?: "service" | "warnings";
  readonly options?: O;
  /** Default: takes none. */
  readonly positionals?: Positionals;
  run(invocation: Invocation<O>): Promise<ExitCode | void>;
}

/** A command that does something; the types of its flags follow from `options`. */
export function action<const O extends Options = Record<never, never>>(
  spec: ActionSpec<O>,
): Action {
  const { options, positionals, logs, run, ...rest } = spec;
  return {
    ...rest,
    kind: "action",
    logs: logs ?? "warnings",
    options: options ?? {},
    positionals,
    // cli.ts parses exactly these options, so their values have exactly these types.
    run: (invocation) => run(invocation as Invocation<O>),
  };
}

/** A command that holds others. */
export function group(about: About, ...commands: readonly Command[]): Group {
  return { ...about, kind: "group", commands };
}

/** A command that does something by itself and holds others for what else there is to do. */
export function groupWith(bare: Action, ...commands: readonly Command[]): Group {
  const { name, summary, description, examples } = bare;
  const about = {
    ...{ name, summary },
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
  };
  return { ...about, kind: "group", commands, bare };
}
