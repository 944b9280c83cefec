import type { Introduction } from "../../../accounts/guests.ts";
import { decodeUtf8 } from "../frame.ts";
import type { Speaker } from "../framed.ts";
import type { Link } from "../link.ts";
import { LOBBY, Participant, type TextContext, type Voice } from "../participant.ts";
import type { OriginalDialect } from "./dialect.ts";

/** What typing one of these does in original clients. */
const GOODBYES = new Set(["exit", "quit"]);

/** What all sessions of original clients work with. */
export interface OriginalContext extends TextContext {
  readonly original: OriginalDialect;
}

/** One client of the original asyncio chat. */
export class OriginalSession implements Speaker, Voice {
  readonly via = "tcp";
  readonly #context: OriginalContext;
  readonly #participant: Participant;
  /** It has sent what is no text: nothing more is taken. */
  #broken = false;

  constructor(context: OriginalContext, link: Link, remote: string) {
    this.#context = context;
    this.#participant = new Participant(context, link, this, remote);
  }

  dialect(): OriginalDialect {
    return this.#context.original;
  }

  notice(text: string): Uint8Array {
    return this.#context.original.notice(text);
  }

  frame(body: Uint8Array): void {
    if (this.#broken) return;
    const text = decodeUtf8(body);
    if (text === undefined) {
      this.#broken = true;
      this.#context.hub.counters.badFrames += 1;
      // What came before it counts; whoever sends no text is dropped, as the original does.
      void this.#participant.finish();
    } else this.#participant.take(text);
  }

  oversize(length: number): void {
    this.#context.hub.counters.badFrames += 1;
    this.#broken = true;
    void this.#participant.finish(`A message of ${length} bytes is too long. Goodbye.`);
  }

  ended(): void {
    void this.#participant.finish();
  }

  closed(end: { readonly slow: boolean }): void {
    void this.#participant.gone(end);
  }

  beat(silentMs: number, idleMs: number): void {
    if (silentMs >= idleMs) this.#participant.dismiss("You have said nothing for too long.");
  }

  isAlone(text: string): boolean {
    return this.#participant.session === undefined || GOODBYES.has(text.trim());
  }

  async handle(text: string): Promise<void> {
    if (this.#participant.session === undefined) return await this.#enter(text);
    const said = text.trim();
    if (GOODBYES.has(said)) this.#participant.quit();
    else if (said !== "") await this.#participant.say(LOBBY, text);
  }

  async #enter(text: string): Promise<void> {
    try {
      await this.#participant.enter(this.#introduction(aliasOf(text)));
    } catch (error) {
      this.#participant.refuse(error);
    }
  }

  /** `name:password` for an account's name: these clients have no other place for a password. */
  #introduction(alias: string): Introduction {
    const colon = alias.indexOf(":");
    const name = alias.slice(0, colon).trim();
    if (colon < 1 || !this.#context.entrance.isAccount(name)) return { name: alias };
    return { name, password: alias.slice(colon + 1).trim() };
  }
}

/** `__alias__:Bob` to `Bob`; what has no colon is taken whole. */
function aliasOf(text: string): string {
  return text.slice(text.indexOf(":") + 1).trim();
}
