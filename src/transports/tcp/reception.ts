/**
 * From a connection to somebody who is known by kind: PROXY header, TLS, then frames or lines, each
 * within its time. What is not known by then costs its connection.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import type { Clock, Timer } from "../../clock.ts";
import { plainAddress } from "../../wire/proxies.ts";
import type { Admission, Refusal } from "./admission.ts";
import { type Caller, recognise, type Stage } from "./caller.ts";
import { Gathering } from "./gathering.ts";
import type { TcpLimits } from "./limits.ts";
import { startTls } from "./tls.ts";

/** Who calls, once that is clear. */
export interface Arrival {
  readonly kind: "frames" | "lines";
  /** What has been read already. */
  readonly head: Uint8Array;
  /** The client's address, behind a trusted proxy too. */
  readonly remote: string;
  /** Within TLS. */
  readonly secure: boolean;
}

/** What receptions share. */
export interface ReceptionContext {
  readonly clock: Clock;
  readonly limits: TcpLimits;
  readonly admission: Admission;
  /** Whether PROXY headers of this address are believed. */
  trusts(address: string): boolean;
  /** Undefined: no TLS. */
  secureContext(): SecureContext | undefined;
  readonly tlsRequired: boolean;
  /** A connection is refused. */
  refused(address: string, refusal: Refusal): void;
  /** Takes over the socket, which has no listeners and is paused. */
  arrived(socket: Duplex, arrival: Arrival): void;
}

const encoder = new TextEncoder();
/** Stays on a socket for good: an error without a listener would end the process. */
const unheard = (): void => {};
/** What is said to whoever sends a PROXY header that does not count, and to the log. */
const HEADER_ANSWERS = {
  untrusted: "This address may not send a PROXY header.",
  broken: "This is no PROXY header.",
} as const;
const REFUSED_HEADERS = {
  untrusted: "a PROXY header of nobody in trustedProxies",
  broken: "a broken PROXY header",
} as const;

/** One connection at the door; see the module's description. */
export class Reception {
  readonly #context: ReceptionContext;
  readonly #raw: Socket;
  /** The raw socket, or TLS on it. */
  #socket: Duplex;
  readonly #gathering = new Gathering();
  readonly #timers: Timer[] = [];
  #stage: Stage;
  #remote: string;
  #secure = false;
  readonly #onData = (chunk: Uint8Array): void => this.#take(chunk);
  readonly #onEnd = (): void => this.#ended();
  readonly #onError = (): void => this.cut();
  readonly #onClose = (): void => this.#stop();

  constructor(context: ReceptionContext, socket: Socket) {
    this.#context = context;
    this.#raw = this.#socket = socket;
    this.#remote = plainAddress(socket.remoteAddress ?? "unknown");
    const trusted = context.trusts(this.#remote);
    this.#stage = { proxy: trusted ? "trusted" : "untrusted", tls: "possible" };
    // A proxy's connections count for those whose they are, once it has said so.
    if (!trusted) this.#count(this.#remote);
  }

  /** Begins to read. */
  begin(): void {
    if (this.#raw.destroyed) return;
    const { clock, limits } = this.#context;
    this.#raw.on("error", unheard);
    this.#raw.on("error", this.#onError);
    this.#raw.on("close", this.#onClose);
    this.#timers.push(clock.after(limits.handshakeMs, () => this.cut()));
    if (!this.#context.tlsRequired) this.#awaitTyping();
    this.#listen();
  }

  /** Ends the connection without a word. */
  cut(): void {
    this.#stop();
    this.#socket.destroy();
    this.#raw.destroy();
  }

  /** Whoever waits to be greeted is somebody at a keyboard. */
  #awaitTyping(): void {
    const { clock, limits } = this.#context;
    this.#timers.push(clock.after(limits.greetMs, () => this.#arrive("lines")));
  }

  #listen(): void {
    this.#socket.on("data", this.#onData);
    this.#socket.on("end", this.#onEnd);
  }

  #take(chunk: Uint8Array): void {
    this.#gathering.add(chunk);
    this.#look();
  }

  #look(): void {
    const bytes = this.#gathering.take();
    this.#gathering.add(bytes);
    this.#meet(recognise(bytes, this.#stage), bytes);
  }

  #meet(caller: Caller, bytes: Uint8Array): void {
    switch (caller.kind) {
      case "unclear":
        return;
      case "proxy":
        this.#stage = { ...this.#stage, proxy: "past" };
        this.#gathering.take();
        this.#gathering.add(bytes.subarray(caller.length));
        if (caller.source !== undefined) this.#remote = plainAddress(caller.source);
        return this.#count(this.#remote) ? this.#look() : undefined;
      case "refused":
        this.#context.refused(this.#remote, REFUSED_HEADERS[caller.reason]);
        return this.#sendAway(HEADER_ANSWERS[caller.reason]);
      case "tls":
        return this.#secureIt(bytes);
      case "frames":
      case "lines":
        return this.#arrive(caller.kind);
    }
  }

  /** Nothing more will come. */
  #ended(): void {
    if (this.#gathering.length === 0) this.cut();
    else this.#arrive("lines");
  }

  #secureIt(head: Uint8Array): void {
    const context = this.#context.secureContext();
    if (context === undefined) return this.cut();
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#gathering.take();
    const socket = startTls(this.#raw, head, context);
    this.#socket = socket;
    this.#stage = { proxy: "past", tls: "past" };
    this.#secure = true;
    socket.on("error", unheard);
    socket.on("error", this.#onError);
    this.#timers.splice(1).forEach((timer) => timer.cancel());
    socket.once("secure", () => this.#awaitTyping());
    this.#listen();
  }

  #arrive(kind: Arrival["kind"]): void {
    if (this.#context.tlsRequired && !this.#secure) {
      return kind === "lines" ? this.#sendAway("This port needs TLS.") : this.cut();
    }
    const head = this.#gathering.take();
    this.#stop();
    this.#socket.pause();
    this.#context.arrived(this.#socket, {
      kind,
      head,
      remote: this.#remote,
      secure: this.#secure,
    });
  }

  #sendAway(text: string): void {
    this.#stop();
    this.#socket.end(encoder.encode(`${text}\r\n`), () => this.cut());
  }

  /** Counts the connection for its address; false when that has too many, and it is over. */
  #count(address: string): boolean {
    const { admission } = this.#context;
    const refusal = admission.count(address);
    if (refusal === undefined) {
      this.#raw.once("close", () => admission.discount(address));
      return true;
    }
    this.#context.refused(address, refusal);
    this.cut();
    return false;
  }

  /** Listens and waits no more; nothing of the connection holds this reception from then on. */
  #stop(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel();
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    for (const socket of new Set([this.#socket, this.#raw])) {
      socket.off("error", this.#onError);
      socket.off("close", this.#onClose);
    }
  }
}
