/**
 * Which client of somebody takes files: by what it says with its presence that it can.
 *
 * @module
 */
import { disco } from "../features/disco.ts";
import type { FeaturePort } from "../features/feature.ts";
import { presence } from "../features/presence.ts";
import { bareJid } from "../jid.ts";
import { FILE_TRANSFER } from "./file_facts.ts";
import { IN_BAND, JINGLE } from "./words.ts";

const NEEDED: readonly string[] = [JINGLE, FILE_TRANSFER, IN_BAND];
/** So long after a login it may be that somebody is there and has not said so. */
const UNKNOWN_MS = 5_000;

/** See the module's description. */
export class Clients {
  readonly #port: FeaturePort;
  readonly #waiting = new Set<{ readonly bare: string; heard(): void }>();
  #unknownUntil = -Infinity;

  constructor(port: FeaturePort) {
    this.#port = port;
    port.onOnline((arrival) => {
      if (arrival === "fresh") this.#unknownUntil = port.clock.monotonic() + UNKNOWN_MS;
    });
    // Who waits goes on once everybody has heard it.
    port.onPresence((stanza) => {
      const from = bareJid(stanza.attrs["from"]);
      for (const one of this.#waiting) if (one.bare === from) one.heard();
    });
    port.onEnded(() => {
      this.#unknownUntil = -Infinity;
      for (const one of this.#waiting) one.heard();
    });
  }

  /** The first that takes files, as its person would be reached; undefined when none says so. */
  async of(bare: string): Promise<string | undefined> {
    for (;;) {
      const left = this.#unknownUntil - this.#port.clock.monotonic();
      const news = this.#news(bare, left);
      const found = await this.#among(bare);
      if (found === undefined && left > 0) await news.come;
      news.stop();
      if (found !== undefined || left <= 0) return found;
    }
  }

  async #among(bare: string): Promise<string | undefined> {
    const discovery = this.#port.use(disco);
    for (const { jid } of this.#port.use(presence).of(bare)) {
      const announced = await discovery.ofClient(jid).catch(() => undefined);
      const info = announced ?? await discovery.info(jid).catch(() => undefined);
      if (NEEDED.every((name) => info?.features.has(name) === true)) return jid;
    }
    return undefined;
  }

  /** Resolves when somebody's presence comes, or the time is over. */
  #news(bare: string, ms: number): { readonly come: Promise<void>; stop(): void } {
    const come = Promise.withResolvers<void>();
    const one = { bare, heard: () => come.resolve() };
    const timer = this.#port.clock.after(Math.max(ms, 0), () => come.resolve());
    this.#waiting.add(one);
    const stop = (): void => {
      timer.cancel();
      this.#waiting.delete(one);
    };
    return { come: come.promise, stop };
  }
}
