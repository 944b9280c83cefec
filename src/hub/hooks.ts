/**
 * Where plugins meet the node: twelve phases, each a list of hooks in order of priority. A phase
 * without hooks costs one array length; a hook that throws or hangs is logged and skipped.
 *
 * @module
 */
import type { Identity } from "../accounts/contract.ts";
import type { Clock } from "../clock.ts";
import type { Appended, StoredEvent } from "../history/contract.ts";
import type { Logger } from "../log.ts";
import type { Content, RoomId } from "../message/event.ts";
import type { CommandReply, Origin, Outgoing } from "./contract.ts";
import type { Counters } from "./counters.ts";
import { HubError } from "./errors.ts";

/** Stops what is about to happen; the text is shown to whoever asked for it. */
export interface Refusal {
  readonly refuse: string;
}

/** Goes on with another content; room, sender and type stay. */
export interface Replacement {
  readonly content: Content;
}

/** A session, as hooks see it. */
export interface SessionInfo extends Origin {
  readonly session: string;
  readonly identity: Identity;
}

/** Somebody's wish to publish. */
export interface MessageInfo extends Origin {
  readonly identity: Identity;
  readonly outgoing: Outgoing;
}

/** A slash command, without its slash. */
export interface CommandInfo extends Origin {
  readonly identity: Identity;
  readonly name: string;
  readonly argument: string;
  readonly room: RoomId | undefined;
}

/** What a hook of each phase is given. */
export interface PhaseContexts {
  /** Before anything is known of a newcomer. May refuse. */
  PRE_CONNECT: Origin;
  /** Before a newcomer's credentials are looked at. May refuse. */
  PRE_AUTHENTICATE: Origin;
  POST_AUTHENTICATE: Origin & { readonly identity: Identity };
  POST_CONNECT: SessionInfo;
  /** Before a message is stored. May refuse or replace. */
  PRE_MESSAGE: MessageInfo;
  /** After a message was stored and delivered. */
  POST_MESSAGE: MessageInfo & { readonly appended: Appended };
  /** Stored, about to be delivered: delivery waits for the hooks. */
  PRE_BROADCAST: { readonly events: readonly StoredEvent[] };
  POST_BROADCAST: { readonly events: readonly StoredEvent[] };
  /** May refuse. */
  PRE_COMMAND: CommandInfo;
  POST_COMMAND: CommandInfo & { readonly reply: CommandReply };
  PRE_DISCONNECT: SessionInfo;
  POST_DISCONNECT: SessionInfo;
}

/** The name of a phase. */
export type Phase = keyof PhaseContexts;

/** What a hook of each phase may answer; phases that are not listed ignore the answer. */
interface PhaseVerdicts {
  PRE_CONNECT: Refusal;
  PRE_AUTHENTICATE: Refusal;
  PRE_MESSAGE: Refusal | Replacement;
  PRE_COMMAND: Refusal;
}

/** The answer of a hook: nothing means "go on". */
export type Verdict<P extends Phase> =
  | (P extends keyof PhaseVerdicts ? PhaseVerdicts[P] : never)
  | undefined
  | void;

/** Called once per phase, in order, each after the one before has answered. */
export type Hook<P extends Phase> = (
  context: PhaseContexts[P],
) => Verdict<P> | Promise<Verdict<P>>;

/** How to register a hook. */
export interface HookOptions {
  /** Who it belongs to, for logs. */
  readonly name: string;
  /** Lower runs earlier; default 100. Equal priorities run in the order of registration. */
  readonly priority?: number;
}

interface Entry {
  readonly name: string;
  readonly priority: number;
  readonly hook: (context: never) => unknown;
}

const DEFAULT_PRIORITY = 100;

/** The registered hooks. */
export class Hooks {
  readonly #entries = new Map<Phase, readonly Entry[]>();
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #counters: Counters;
  readonly #deadlineMs: number;

  constructor(
    parts: { clock: Clock; log: Logger; counters: Counters; deadlineMs: number },
  ) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#counters = parts.counters;
    this.#deadlineMs = parts.deadlineMs;
  }

  /** Adds a hook; the returned function takes it out again and is idempotent. */
  add<P extends Phase>(phase: P, hook: Hook<P>, options: HookOptions): () => void {
    const entry: Entry = {
      name: options.name,
      priority: options.priority ?? DEFAULT_PRIORITY,
      hook,
    };
    // A new array each time: a phase that is running keeps the list it began with. `sort` is stable.
    const list = [...(this.#entries.get(phase) ?? []), entry];
    this.#entries.set(phase, list.sort((a, b) => a.priority - b.priority));
    return () => this.#remove(phase, entry);
  }

  /** Whether anybody listens: what would only be built for hooks need not be built. */
  has(phase: Phase): boolean {
    return this.#entries.has(phase);
  }

  /** Runs a phase whose answers do not matter. Never rejects. */
  async notify<P extends Phase>(phase: P, context: PhaseContexts[P]): Promise<void> {
    for (const entry of this.#entries.get(phase) ?? []) await this.#call(phase, entry, context);
  }

  /** Runs a phase that may refuse. @throws {HubError} `hub/rejected` */
  async ask<P extends Exclude<keyof PhaseVerdicts, "PRE_MESSAGE">>(
    phase: P,
    context: PhaseContexts[P],
  ): Promise<void> {
    for (const entry of this.#entries.get(phase) ?? []) {
      refuseIfAsked(await this.#call(phase, entry, context));
    }
  }

  /**
   * Runs PRE_MESSAGE: each hook sees what the one before made of the message.
   *
   * @throws {HubError} `hub/rejected`
   */
  async rewrite(context: MessageInfo): Promise<Outgoing> {
    let current = context;
    for (const entry of this.#entries.get("PRE_MESSAGE") ?? []) {
      const verdict = await this.#call("PRE_MESSAGE", entry, current);
      refuseIfAsked(verdict);
      if (!isObject(verdict) || !isObject(verdict["content"])) continue;
      const content = verdict["content"] as Content;
      current = { ...current, outgoing: { ...current.outgoing, content } };
    }
    return current.outgoing;
  }

  #remove(phase: Phase, entry: Entry): void {
    const rest = (this.#entries.get(phase) ?? []).filter((other) => other !== entry);
    if (rest.length === 0) this.#entries.delete(phase);
    else this.#entries.set(phase, rest);
  }

  /** The hook's answer; undefined when it failed. */
  async #call(phase: Phase, entry: Entry, context: unknown): Promise<unknown> {
    const late = Promise.withResolvers<never>();
    const timer = this.#clock.after(
      this.#deadlineMs,
      () => late.reject(new Error(`it took longer than ${this.#deadlineMs} ms`)),
    );
    try {
      const answer = entry.hook(context as never);
      return answer instanceof Promise ? await Promise.race([answer, late.promise]) : answer;
    } catch (error) {
      this.#counters.hookFaults += 1;
      this.#log.warn("Cannot run the {phase} hook of {name}: {reason}", {
        phase,
        name: entry.name,
        reason: error instanceof Error ? error.message : "it threw something that is no Error",
      });
      return undefined;
    } finally {
      timer.cancel();
    }
  }
}

function refuseIfAsked(verdict: unknown): void {
  if (!isObject(verdict) || typeof verdict["refuse"] !== "string") return;
  throw new HubError("hub/rejected", `Cannot do this: ${verdict["refuse"]}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
