/**
 * Files from one client to another, through the server: Jingle sessions (XEP-0166) of one file each
 * (XEP-0234) over in-band bytestreams (XEP-0261).
 *
 * @module
 */
import { StanzaError, XmppError } from "../errors.ts";
import { Clients } from "../jingle/clients.ts";
import { HASHES, TOLD } from "../jingle/content_hash.ts";
import { TransferError } from "../jingle/ending.ts";
import { FILE_TRANSFER, type FileFacts } from "../jingle/file_facts.ts";
import { type FileSink, Incoming, type Keeper, type Taken } from "../jingle/incoming.ts";
import { readOffer } from "../jingle/offer.ts";
import { type FileSource, Outgoing } from "../jingle/outgoing.ts";
import type { Wire } from "../jingle/wire.ts";
import {
  IN_BAND,
  JINGLE,
  jingleElement,
  readJingle,
  reasonElement,
  type Said,
  unknownSession,
} from "../jingle/words.ts";
import { readJid } from "../jid.ts";
import type { Element } from "../xml.ts";
import { feature, type FeatureEvent, type FeaturePort, type IqRequest } from "./feature.ts";
import { inBand } from "./in_band.ts";
import { roster } from "./roster.ts";
import { sentIds } from "./sent_ids.ts";

/** One file on its way, as it is now. */
export interface FileTransfer {
  /** A number, for people to say. */
  readonly id: string;
  readonly direction: "in" | "out";
  /** With whom, full. */
  readonly peer: string;
  readonly facts: FileFacts;
  readonly state: TransferState;
  /** Bytes that are there. */
  readonly done: number;
  /** How it ended, when not well. */
  readonly failure: TransferError | undefined;
}

/** How far a transfer is. */
export type TransferState =
  /** The receiver has to decide. */
  | "offered"
  /** Decided, or bytes flow. */
  | "running"
  | "done"
  | "failed";

/** A transfer began, went on by a hundredth, or ended. */
export interface FileTransferEvent extends FeatureEvent {
  readonly kind: "file-transfer";
  readonly transfer: FileTransfer;
}

/** How a file is offered. */
export interface OfferOptions {
  /** Cancels it. */
  readonly signal?: AbortSignal;
  /** Is told what the events tell. */
  progress?(transfer: FileTransfer): void;
}

/** What one does with transfers. */
export interface FileTransfers {
  /** Those that are not over, oldest first. */
  readonly open: readonly FileTransfer[];
  /**
   * The client of somebody (bare) that takes files; undefined when none says so. Right after a login
   * it waits, up to 5 s, until somebody has said that they are there.
   */
  clientOf(bare: string): Promise<string | undefined>;
  /**
   * Offers a file and sends it; resolves when the other side says that it has it.
   *
   * @param to full
   * @param options `progress` is told each hundredth of the way
   * @throws {TransferError} how it ended; {XmppError} `xmpp/transfer` when there are too many
   */
  offer(
    to: string,
    source: FileSource,
    options?: OfferOptions,
  ): Promise<FileTransfer>;
  /**
   * Takes a file that is offered; resolves when it is kept. The sink is the transfer's from now on.
   *
   * @throws {TransferError} how it ended; {XmppError} `xmpp/transfer` when there is no such offer
   */
  accept(id: string, sink: FileSink): Promise<Taken>;
  /** Does not want it, or no more. @throws {XmppError} `xmpp/transfer` when there is none */
  end(id: string, how: "declined" | "cancelled"): void;
  /** Resolves when files that were taken have come, and their senders know, or have not come. */
  settled(): Promise<void>;
}

/** Sessions at a time, and of one person. */
const SESSIONS_MOST = 16;
const PERSON_MOST = 4;
const SAY_MS = 30_000;

interface Session {
  readonly id: string;
  readonly direction: "in" | "out";
  readonly peer: string;
  readonly transfer: Incoming | Outgoing;
  readonly wire: Wire;
  /** What was told last. */
  told: string;
  progress?: OfferOptions["progress"] | undefined;
}

/** See the module's description. */
export const fileTransfer = feature<FileTransfers>({
  extensions: [
    {
      ...{ xep: "0166", name: "Jingle", version: "1.1.2", state: "partial" },
      note: "sessions of one file",
    },
    {
      ...{ xep: "0234", name: "Jingle File Transfer", version: "0.19.1", state: "partial" },
      note: "offers; no parts of files, none on request",
    },
    {
      ...{ xep: "0261", name: "Jingle In-Band Bytestreams Transport Method", version: "1.0" },
      ...{ state: "complete", note: "the one transport; others are asked to be replaced by it" },
    },
    {
      ...{ xep: "0300", name: "Use of Cryptographic Hash Functions in XMPP", version: "1.0.0" },
      ...{ state: "partial", note: "SHA-2, SHA-3; not BLAKE2" },
    },
  ],
  disco: [
    ...[JINGLE, FILE_TRANSFER, IN_BAND, HASHES],
    ...TOLD.map((name) => `urn:xmpp:hash-function-text-names:${name}`),
  ],
  start: (port) => new Transfers(port),
});

class Transfers implements FileTransfers {
  readonly #port: FeaturePort;
  readonly #sessions = new Map<string, Session>();
  readonly #clients: Clients;
  #count = 0;
  #connected: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  constructor(port: FeaturePort) {
    this.#port = port;
    // It has to see what is sent from the beginning.
    port.use(sentIds);
    this.#clients = new Clients(port);
    port.onRequest("set", "jingle", JINGLE, "anyone", (request) => this.#hear(request));
    port.onPresence((stanza) => this.#notePresence(stanza));
    port.onOnline((arrival) => {
      // What was agreed on with a session that is gone has nobody who would go on with it.
      if (arrival === "fresh") this.#endAll(new TransferError("lost"));
      for (const resolve of this.#connected.splice(0)) resolve();
    });
    port.onEnded(() => this.#endAll(new TransferError("lost")));
  }

  get open(): readonly FileTransfer[] {
    return [...this.#sessions.values()].map(viewOf)
      .filter(({ state }) => state === "offered" || state === "running");
  }

  async clientOf(bare: string): Promise<string | undefined> {
    return await this.#clients.of(bare);
  }

  async offer(
    to: string,
    source: FileSource,
    { signal, progress }: OfferOptions = {},
  ): Promise<FileTransfer> {
    signal?.throwIfAborted();
    const peer = readJid(to);
    if (peer === undefined || peer.resource === "" || !this.#hasRoom(peer.bare)) {
      throw refused("there are too many at a time");
    }
    const sid = this.#port.uuid();
    const session = this.#begin(
      peer.full,
      sid,
      "out",
      (wire, keeper) => new Outgoing(source, wire, keeper),
    );
    session.progress = progress;
    const cancel = (): void => session.transfer.end(new TransferError("cancelled"));
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      await (session.transfer as Outgoing).run();
      return viewOf(session);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  async accept(id: string, sink: FileSink): Promise<Taken> {
    const transfer = [...this.#sessions.values()].find((each) => each.id === id)?.transfer;
    if (transfer instanceof Incoming && transfer.phase === "offered") {
      return await transfer.accept(sink);
    }
    await sink.discard();
    throw refused("there is no such offer");
  }

  end(id: string, how: "declined" | "cancelled"): void {
    const session = [...this.#sessions.values()].find((each) => each.id === id);
    if (session === undefined || session.transfer.phase === "over") {
      throw refused("there is no such transfer");
    }
    session.transfer.end(new TransferError(how));
  }

  async settled(): Promise<void> {
    const isComing = ({ direction, transfer }: Session): boolean =>
      direction === "in" && transfer.phase !== "offered";
    while ([...this.#sessions.values()].some(isComing)) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
  }

  #hear({ from, child }: IqRequest): undefined {
    const said = readJingle(child);
    if (from === undefined || from.resource === "") throw unknownSession();
    const session = this.#sessions.get(keyOf(from.full, said.sid));
    if (said.action === "session-initiate") {
      if (session !== undefined) throw new StanzaError("unexpected-request", { type: "cancel" });
      this.#consider(from.full, from.bare, said);
      return;
    }
    if (session === undefined || session.transfer.phase === "over") throw unknownSession();
    session.transfer.hear(said);
  }

  /** Somebody offers something. */
  #consider(peer: string, bare: string, said: Said): void {
    // Who may not know that one is there learns nothing (XEP-0166, 12).
    const mayKnow = this.#port.use(roster).mayKnow(bare) || this.#port.use(sentIds).knows(bare);
    if (!mayKnow) throw new StanzaError("service-unavailable", { type: "cancel" });
    if (!this.#hasRoom(bare)) throw new StanzaError("resource-constraint", { type: "wait" });
    const offer = readOffer(said);
    if ("facts" in offer) {
      this.#begin(peer, said.sid, "in", (wire, keeper) => new Incoming(offer, wire, keeper));
    } else {
      const end = jingleElement("session-terminate", said.sid, reasonElement(...offer.reason));
      void this.#say(peer, end).catch(() => {});
    }
  }

  #begin(
    peer: string,
    sid: string,
    direction: "in" | "out",
    make: (wire: Wire, keeper: Keeper) => Incoming | Outgoing,
  ): Session {
    const key = keyOf(peer, sid);
    const wire = this.#wire(peer, sid);
    const transfer = make(wire, {
      uuid: () => this.#port.uuid(),
      changed: () => this.#tell(session),
      over: () => {
        this.#sessions.delete(key);
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
    });
    const session: Session = {
      ...{ id: String(this.#count += 1), direction, peer, transfer, wire, told: "" },
    };
    this.#sessions.set(key, session);
    this.#tell(session);
    return session;
  }

  #wire(peer: string, sid: string): Wire {
    return {
      ...{ peer, clock: this.#port.clock, streams: this.#port.use(inBand) },
      say: (action, ...children) => this.#say(peer, jingleElement(action, sid, ...children)),
      connected: () => this.#connection(),
    };
  }

  async #connection(): Promise<void> {
    if (this.#port.isOnline) return;
    await new Promise<void>((resolve) => void this.#connected.push(resolve));
  }

  async #say(to: string, child: Element): Promise<void> {
    // Behind the answer to what is being heard, which is written once its handler is done.
    await new Promise<void>((resolve) => void this.#port.clock.after(0, resolve));
    await this.#connection();
    await this.#port.request("set", child, { to, timeoutMs: SAY_MS, lives: "session" });
  }

  /** Of one person no more than their share, so that nobody keeps the others out. */
  #hasRoom(bare: string): boolean {
    const peers = [...this.#sessions.values()].map(({ peer }) => readJid(peer)?.bare);
    return peers.length < SESSIONS_MOST &&
      peers.filter((each) => each === bare).length < PERSON_MOST;
  }

  /** Who left does not go on. Who only hides answers when asked (XEP-0166, 6.8). */
  #notePresence(stanza: Element): void {
    const from = readJid(stanza.attrs["from"]);
    if (stanza.attrs["type"] !== "unavailable" || from === undefined) return;
    for (const { peer, transfer, wire } of this.#sessions.values()) {
      if (peer !== from.full || transfer.phase === "over") continue;
      wire.say("session-info").catch((error) => {
        if (error instanceof StanzaError) transfer.end(new TransferError("gone"), "silently");
      });
    }
  }

  #endAll(error: TransferError): void {
    for (const { transfer } of [...this.#sessions.values()]) transfer.end(error, "silently");
  }

  #tell(session: Session): void {
    const transfer = viewOf(session);
    const { facts, done, state } = transfer;
    const hundredths = facts.size === 0 ? 0 : Math.floor(100 * done / facts.size);
    const told = `${state} ${hundredths}`;
    if (told === session.told) return;
    session.told = told;
    const event: FileTransferEvent = { kind: "file-transfer", transfer };
    this.#port.emit(event);
    session.progress?.(transfer);
  }
}

function viewOf({ id, direction, peer, transfer }: Session): FileTransfer {
  const { facts, done, failure, phase } = transfer;
  return { id, direction, peer, facts, done, failure, state: stateOf(phase, failure) };
}

function stateOf(
  phase: Incoming["phase"],
  failure: TransferError | undefined,
): TransferState {
  if (failure !== undefined) return "failed";
  if (phase === "offered") return "offered";
  return phase === "over" ? "done" : "running";
}

function refused(state: string): XmppError {
  return new XmppError("xmpp/transfer", `Cannot transfer the file: ${state}`);
}

function keyOf(peer: string, sid: string): string {
  return `${peer}\n${sid}`;
}
