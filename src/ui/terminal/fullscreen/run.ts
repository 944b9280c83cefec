/**
 * Runs the full screen: takes the terminal, gives it back, whatever happens.
 *
 * @module
 */
import type { Timer } from "../../../clock.ts";
import { KeyDecoder } from "../keys.ts";
import type { Keyboard } from "../line_mode.ts";
import type { ChatSession } from "../session.ts";
import { type AccountLook, App, type AppParts } from "./app.ts";
import type { Account } from "./model/account.ts";
import { ENTER, LEAVE } from "./modes.ts";
import { ASK_GROUND } from "./paint/theme.ts";

/** An account, and how its session is opened once the screen is there. */
export interface AccountStart extends AccountLook {
  open(): Promise<ChatSession>;
}

/** What running takes. */
export interface FullScreenParts
  extends Omit<AppParts, "accounts" | "left" | "suspended" | "failed" | "signal"> {
  readonly accounts: readonly AccountStart[];
  readonly keyboard: Keyboard;
  /** Each calls back when it happens; the result ends that. */
  onResize(changed: () => void): () => void;
  /** The process was stopped and goes on. */
  onContinue(goesOn: () => void): () => void;
  /** Something was thrown that nobody caught. */
  onStrayError(thrown: (error: unknown) => void): () => void;
  /** Stops this process until somebody lets it go on, as Ctrl-Z does. */
  suspend(): void;
  /** Ends the screen; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** An Escape after which nothing comes for so long was pressed alone, milliseconds. */
const ESCAPE_MS = 40;
/** A process that was not stopped by then will not be: nobody is there to let it go on. */
const STOP_MS = 300;

/**
 * Runs until the person leaves, every session has ended or `signal` aborts. The terminal is as
 * before afterwards, whatever happens.
 *
 * @throws why the sessions ended, the signal's reason, and what reading and writing throw
 */
export async function runFullScreen(parts: FullScreenParts): Promise<void> {
  const { keyboard, output } = parts;
  keyboard.setRaw("raw");
  try {
    await output.write(ENTER);
    await new Running(parts).run();
  } finally {
    await output.write(LEAVE).catch(() => {});
    restore(keyboard);
  }
}

/** A terminal that is gone cannot be restored, and need not be. */
function restore(keyboard: Keyboard): void {
  try {
    keyboard.setRaw("line");
  } catch {
    // See above.
  }
}

class Running {
  readonly #parts: FullScreenParts;
  readonly #app: App;
  readonly #left = Promise.withResolvers<void>();
  readonly #ending = new AbortController();
  readonly #ended = Promise.withResolvers<undefined>();
  readonly #sessions: ChatSession[] = [];
  #failure: { readonly error: unknown } | undefined;
  #isSuspended = false;

  constructor(parts: FullScreenParts) {
    this.#parts = parts;
    this.#app = new App({
      ...parts,
      left: () => this.#left.resolve(),
      suspended: () => void this.#suspend().catch((error) => this.#fail(error)),
      failed: (error) => this.#fail(error),
      signal: this.#ending.signal,
    });
  }

  async run(): Promise<void> {
    const { signal, onResize, onContinue, onStrayError } = this.#parts;
    const leave = () => this.#left.resolve();
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    const ends = [
      onResize(() => this.#app.display.redraw()),
      onContinue(() => this.#goOn()),
      onStrayError((error) => this.#fail(error)),
    ];
    // Painted before anything is connected to.
    this.#app.display.draw();
    if (this.#parts.depth !== "none") this.#app.display.write(ASK_GROUND);
    this.#app.begin();
    const following = this.#follow();
    void this.#listen().then(leave, (error) => this.#fail(error));
    try {
      await this.#left.promise;
      await this.#end(following);
    } finally {
      for (const end of ends) end();
      signal.removeEventListener("abort", leave);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    if (signal.aborted) throw signal.reason;
  }

  async #end(following: Promise<unknown>): Promise<void> {
    this.#app.end();
    this.#ending.abort();
    this.#ended.resolve(undefined);
    await this.#app.display.pause();
    for (const session of this.#sessions) await session.close();
    await following;
  }

  /** Follows every account until it ends. The last failure ends the screen: nothing is left then. */
  async #follow(): Promise<void> {
    let running = this.#app.accounts.length;
    await Promise.all(this.#app.accounts.map(async (account, at) => {
      try {
        await this.#run(account, this.#parts.accounts[at]);
      } catch (error) {
        account.connection = "ended";
        account.fault(undefined, error);
        if (running === 1 && !this.#app.wantsToLeave) this.#fail(error);
      }
      running -= 1;
      if (running === 0) this.#left.resolve();
    }));
  }

  async #run(account: Account, start: AccountStart | undefined): Promise<void> {
    if (start === undefined) return;
    const opening = start.open();
    const session = await Promise.race([opening, this.#ended.promise]);
    if (session === undefined) {
      // Nobody waits for it any more, whatever becomes of it.
      void opening.then((late) => late.close(), () => {});
      return;
    }
    this.#sessions.push(session);
    await account.run(session);
  }

  /** Reads keys until the keyboard is gone. */
  async #listen(): Promise<void> {
    const decoder = new KeyDecoder();
    const buffer = new Uint8Array(16_384);
    let escape: Timer | undefined;
    for (;;) {
      const count = await this.#parts.keyboard.read(buffer);
      if (count === null) return;
      escape?.cancel();
      for (const key of decoder.push(buffer.subarray(0, count))) this.#app.press(key);
      escape = this.#parts.clock.after(ESCAPE_MS, () => {
        for (const key of decoder.rest()) this.#app.press(key);
      });
    }
  }

  async #suspend(): Promise<void> {
    if (this.#isSuspended) return;
    this.#isSuspended = true;
    await this.#app.display.pause();
    await this.#parts.output.write(LEAVE);
    this.#parts.keyboard.setRaw("line");
    this.#parts.suspend();
    this.#parts.clock.after(STOP_MS, () => {
      if (this.#isSuspended) this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#ending.signal.aborted) return;
    // Also when it was stopped from outside, whatever the terminal shows now.
    this.#isSuspended = false;
    this.#parts.keyboard.setRaw("raw");
    this.#app.display.write(ENTER);
    this.#app.display.resume();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#left.resolve();
  }
}
