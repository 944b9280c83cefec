/**
 * A whole node: `chatnode server` runs it, programs that embed one open it by way of `mod.ts`.
 *
 * @module
 */
import type { Accounts, AccountsOptions } from "../accounts/accounts.ts";
import type { Fetch } from "../accounts/oidc/contract.ts";
import { systemRandom } from "../accounts/random.ts";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { completeSettings } from "../config/complete.ts";
import type { Settings } from "../config/schema.ts";
import type { History } from "../history/contract.ts";
import type { Hub } from "../hub/contract.ts";
import { getLogger } from "../log.ts";
import type { Readiness } from "../transports/http/health.ts";
import { readCertificate, sealNow, type Surroundings } from "./node_core.ts";
import type { NodeSync } from "./node_sync.ts";
import { openParts, type Parts } from "./node_parts.ts";

/** Some settings; the others have their defaults, see `docs/configuration.md`. */
export type NodeSettings = Partial<Settings> & Pick<Settings, "data">;

/** What a node needs. */
export interface NodeOptions {
  /** Files and the environment are not looked at. Relative paths start at the working directory. */
  readonly settings: NodeSettings;
  readonly clock?: Clock;
  /** `count` bytes fit for keys and passwords. */
  readonly random?: (count: number) => Uint8Array<ArrayBuffer>;
  /** Requests to identity providers; the global one unless told. */
  readonly fetch?: Fetch;
  /** What the process is, for others that find the data folder in use. */
  readonly program?: string;
  /** For tests: passwords at a cost that can be paid often. */
  readonly passwords?: AccountsOptions["passwords"];
  /** Where credentials of a bucket are looked for; nowhere when absent. */
  readonly surroundings?: Surroundings;
}

/** A running node. Disposing of it stops it. */
export interface ChatNode extends AsyncDisposable {
  /** The part of its addresses after `@`. */
  readonly name: string;
  readonly hub: Hub;
  readonly accounts: Accounts;
  readonly history: History;
  readonly host: string;
  readonly port: number;
  /** `port` + 1; undefined when it is not served. */
  readonly secondPort: number | undefined;
  /** Of the TCP relay; undefined when it is not served. */
  readonly relayPort: number | undefined;
  /** The admin that was made because there was none. Its password is kept nowhere else. */
  readonly firstAdmin: { readonly name: string; readonly password: string } | undefined;
  readonly readiness: Readiness;
  readonly load: NodeLoad;
  /** Shares the history through a bucket; undefined when the settings name none. */
  readonly sync: NodeSync | undefined;
  /** Reads accounts and certificate anew. Never rejects: what fails is logged and stays as it was. */
  reload(): Promise<void>;
  /**
   * Signs what was said so far and puts it into its files now and not in the next pause. Never
   * rejects: what fails is logged and done later.
   */
  seal(): Promise<void>;
  /**
   * Stops: nothing new is accepted, what was accepted is stored and delivered, everybody is told,
   * and what is not done after `deadline` milliseconds (default 5,000) is cut. Idempotent.
   */
  stop(deadline?: number): Promise<void>;
}

/** What a node is busy with at this moment. */
export interface NodeLoad {
  /** Open connections of every kind. */
  readonly connections: number;
  /** Sessions of the hub. */
  readonly sessions: number;
  /** HTTP requests that wait for a message. */
  readonly polls: number;
}

const STOP_DEADLINE = 5_000;

/**
 * Opens the data folder, which is made when it is not there, and serves it.
 *
 * @throws {SettingsError} for settings that are out of range or contradict each other
 * @throws {ChatnodeError} `history/locked` when another process has the folder; `http/port-taken`
 *   and the like when the port cannot be had; whatever opening the parts throws
 */
export async function openNode(options: NodeOptions): Promise<ChatNode> {
  const settings = completeSettings(options.settings);
  // Whatever stands when a later part fails is closed again, in reverse order.
  await using opened = new AsyncDisposableStack();
  const state: State = { stopping: false, history: undefined, sync: undefined };
  const parts = await openParts({
    settings,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    program: options.program ?? "chatnode",
    passwords: options.passwords,
    surroundings: options.surroundings,
    readiness: () => readinessOf(state),
  }, opened);
  state.history = parts.history;
  state.sync = parts.sync;
  getLogger(["node"]).info("{name} serves {host} port {port}", {
    ...{ name: parts.name, host: settings.host, port: parts.listener.port },
  });
  return new RunningNode(settings, parts, state, opened.move());
}

interface State {
  stopping: boolean;
  history: History | undefined;
  sync: NodeSync | undefined;
}

function readinessOf({ stopping, history, sync }: State): Readiness {
  if (stopping) return { ready: false, code: "node/stopping", reason: "The node is stopping" };
  const health = history?.health();
  if (health === undefined) {
    return { ready: false, code: "node/starting", reason: "The node is starting" };
  }
  return health.writable
    ? { ready: true, ...(sync === undefined ? {} : { sync: sync.health }) }
    : { ready: false, code: health.code, reason: health.message };
}

class RunningNode implements ChatNode {
  readonly #settings: Settings;
  readonly #parts: Parts;
  readonly #state: State;
  readonly #opened: AsyncDisposableStack;
  readonly #log = getLogger(["node"]);
  #stopped: Promise<void> | undefined;

  constructor(settings: Settings, parts: Parts, state: State, opened: AsyncDisposableStack) {
    this.#settings = settings;
    this.#parts = parts;
    this.#state = state;
    this.#opened = opened;
  }

  get name(): string {
    return this.#parts.name;
  }

  get hub(): Hub {
    return this.#parts.hub;
  }

  get accounts(): Accounts {
    return this.#parts.accounts;
  }

  get history(): History {
    return this.#parts.history;
  }

  get host(): string {
    return this.#parts.listener.host;
  }

  get port(): number {
    return this.#parts.listener.port;
  }

  get secondPort(): number | undefined {
    return this.#parts.listener.secondPort;
  }

  get relayPort(): number | undefined {
    return this.#parts.relay?.port;
  }

  get firstAdmin(): ChatNode["firstAdmin"] {
    return this.#parts.firstAdmin;
  }

  get readiness(): Readiness {
    return readinessOf(this.#state);
  }

  get sync(): NodeSync | undefined {
    return this.#parts.sync;
  }

  get load(): NodeLoad {
    const { listener, hub, alonechat, relay } = this.#parts;
    return {
      connections: listener.connections + (relay?.connections ?? 0),
      sessions: hub.counters.sessions,
      polls: alonechat.polls,
    };
  }

  async reload(): Promise<void> {
    await this.#attempt("accounts", () => this.#parts.accounts.refresh());
    await this.#attempt("certificate", async () => {
      const certificate = await readCertificate(this.#settings);
      if (certificate === undefined) return;
      this.#parts.listener.replaceCertificate(certificate);
      this.#parts.relay?.replaceCertificate(certificate);
    });
    this.#log.info("accounts and certificate read anew");
  }

  seal(): Promise<void> {
    return sealNow(this.#parts);
  }

  stop(deadline: number = STOP_DEADLINE): Promise<void> {
    return this.#stopped ??= this.#stop(deadline);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(deadline: number): Promise<void> {
    const { alonechat, hub, listener, relay } = this.#parts;
    this.#state.stopping = true;
    this.#log.info("stopping: {connections} connections, {sessions} sessions", { ...this.load });
    alonechat.endPolls();
    relay?.stop();
    // Together: the listener waits for connections that the hub has yet to say goodbye to.
    await Promise.all([listener.stop(deadline), hub.close(deadline)]);
    await this.#opened.disposeAsync();
    this.#log.info("stopped");
  }

  async #attempt(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#log.error("Cannot read {what} anew: {error}", { what, error });
    }
  }
}
