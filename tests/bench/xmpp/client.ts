/**
 * Programs that hold XMPP sessions: chatnode's and slixmpp's, both told what to do in the same way.
 *
 * @module
 */
import { join } from "node:path";
import { bundle } from "../../../tasks/bundle.ts";
import { ENTRY, RUN_FLAGS } from "../../../tasks/runtime.ts";
import { Child, logIn } from "../child.ts";
import type { Bench } from "../contract.ts";
import type { SessionsConfig } from "./sessions.ts";

const HERE = import.meta.dirname ?? ".";

/** How a kind of client is started. */
export interface ClientKind {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** chatnode's sessions, bundled and run as the program is. */
export async function chatnodeSessions(bench: Bench): Promise<ClientKind> {
  const folder = await bench.folder("sessions");
  await bundle(join(HERE, "sessions.ts"), new Map(), folder);
  return {
    name: "chatnode",
    program: Deno.execPath(),
    args: ["run", ...RUN_FLAGS, join(folder, ENTRY)],
  };
}

/** slixmpp from Debian. */
export async function slixmppSessions(bench: Bench): Promise<ClientKind> {
  await bench.tools.system("slixmpp");
  const program = join(HERE, "..", "peers", "slixmpp_sessions.py");
  return { name: "slixmpp", program: "/usr/bin/python3", args: [program] };
}

/** A running program whose sessions are all online. Disposing of it stops it. */
export class SessionsProgram implements AsyncDisposable {
  readonly #child: Child;
  /** The first account, a bare JID. */
  readonly jid: string;
  /** From the start of the process until all sessions were there, milliseconds. */
  readonly coldMs: number;

  private constructor(child: Child, jid: string, coldMs: number) {
    this.#child = child;
    this.jid = jid;
    this.coldMs = coldMs;
  }

  /** @throws {Error} with what it says when it ends instead */
  static async start(
    bench: Bench,
    { name, program, args }: ClientKind,
    config: SessionsConfig,
  ): Promise<SessionsProgram> {
    const log = logIn(await bench.folder("sessions"), name);
    const begin = performance.now();
    const child = await Child.start({
      program,
      args: [...args, JSON.stringify(config)],
      log,
      talks: true,
    });
    try {
      await child.line();
      const coldMs = performance.now() - begin;
      return new SessionsProgram(child, `${config.accounts[0]?.name}@localhost`, coldMs);
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Ends its first session and begins it anew; milliseconds until it is there. */
  async again(): Promise<number> {
    return Number((await this.#ask({ do: "again" }))["ms"]);
  }

  /**
   * From now on `count` messages are waited for; the inner promise is when the last one came,
   * milliseconds since the epoch.
   *
   * @throws {Error} when one is missing, doubled or out of order
   */
  async expect(count: number): Promise<{ readonly last: Promise<number> }> {
    await this.#ask({ do: "expect", count });
    const last = this.#answer().then(({ last, missed }) => {
      if (missed !== 0) throw new Error(`${missed} messages did not come in their order`);
      return Number(last);
    });
    return { last };
  }

  /** Sends as fast as it can; when it began, milliseconds since the epoch. */
  async send(to: string, count: number): Promise<number> {
    return Number((await this.#ask({ do: "send", to, count }))["first"]);
  }

  async #ask(what: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    await this.#child.tell(JSON.stringify(what));
    return await this.#answer();
  }

  async #answer(): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse(await this.#child.line()) as Readonly<Record<string, unknown>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}
