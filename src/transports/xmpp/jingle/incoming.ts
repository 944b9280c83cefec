/**
 * A file that somebody offers: taken after a person's yes, block by block, kept when it is what was
 * announced, and otherwise gone without a trace.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import type { StreamReader } from "../features/in_band.ts";
import { type Element, xml } from "../xml.ts";
import { type Algorithm, compared, readHashes, RunningHashes } from "./content_hash.ts";
import { Course } from "./course.ts";
import { endingOf, faultOf, TransferError } from "./ending.ts";
import { descriptionOf, FILE_TRANSFER, type FileFacts } from "./file_facts.ts";
import type { Offer } from "./offer.ts";
import { BOUNDS, type Wire } from "./wire.ts";
import {
  type InBand,
  inBandElement,
  outOfOrder,
  reasonElement,
  type Said,
  unsupportedInfo,
} from "./words.ts";

/** Where a file goes. */
export interface FileSink {
  /** Takes the next bytes, in order. @throws {Error} when there is no room */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the whole of it last, under its name. @throws {Error} as {@linkcode write} */
  keep(): Promise<void>;
  /** Leaves nothing of it. Harmless after {@linkcode keep}. Must not throw. */
  discard(): Promise<void>;
}

/** Whoever keeps the transfer. */
export interface Keeper {
  /** A random name. */
  uuid(): string;
  /** Something changed. */
  changed(): void;
  /** It is over, and nothing more is heard or said of it. */
  over(): void;
}

/** What became of a file that came whole. */
export interface Taken {
  /** Whether hashes of the other side's were there to compare. */
  readonly isVerified: boolean;
}

/** See the module's description. */
export class Incoming {
  readonly #offer: Offer;
  readonly #wire: Wire;
  readonly #keeper: Keeper;
  readonly #course: Course;
  readonly #hashes: RunningHashes;
  readonly #said: Map<Algorithm, string>;
  readonly #result = Promise.withResolvers<Taken>();
  #promised: readonly Algorithm[];
  #sink: FileSink | undefined;
  #writing = Promise.resolve();
  #stream: InBand | undefined;
  #forget: () => void = () => {};
  #received = 0;
  #failure: TransferError | undefined;
  /** From now on only this side's disk decides. */
  #isKept = false;

  constructor(offer: Offer, wire: Wire, keeper: Keeper) {
    const { said, promised } = offer.facts.hashes;
    this.#offer = offer;
    this.#wire = wire;
    this.#keeper = keeper;
    this.#said = new Map(said);
    this.#promised = promised;
    this.#hashes = new RunningHashes([...said.keys(), ...promised]);
    this.#course = new Course(wire.clock, () => this.#late());
    this.#course.watch(BOUNDS.decideMs);
    this.#result.promise.catch(() => {});
  }

  get facts(): FileFacts {
    return this.#offer.facts;
  }

  get phase(): Course["phase"] {
    return this.#course.phase;
  }

  /** Bytes so far. */
  get done(): number {
    return this.#received;
  }

  get failure(): TransferError | undefined {
    return this.#failure;
  }

  /**
   * Says yes; resolves when the file is kept. The sink is this transfer's from now on.
   *
   * @throws {TransferError} how it ended
   * @throws {StanzaError} when it was answered already
   */
  async accept(sink: FileSink): Promise<Taken> {
    const { transport } = this.#offer;
    try {
      this.#course.take(transport === undefined ? "replace" : "accept");
    } catch (error) {
      await sink.discard();
      throw error;
    }
    this.#sink = sink;
    this.#course.watch(BOUNDS.openMs);
    this.#keeper.changed();
    const blockSize = Math.min(transport?.blockSize ?? BOUNDS.block, BOUNDS.block);
    this.#stream = { sid: transport?.sid ?? this.#keeper.uuid(), blockSize };
    this.#forget = this.#wire.streams.expect(this.#wire.peer, this.#stream, this.#reader());
    this.#agree(transport === undefined ? "transport-replace" : "session-accept");
    return await this.#result.promise;
  }

  /** The other side says something of the session. @throws {StanzaError} */
  hear(said: Said): void {
    switch (said.action) {
      case "session-terminate":
      case "content-remove":
        return this.#ended(said);
      case "session-info":
        return this.#inform(said.payload);
      case "transport-accept":
        this.#course.take("replaced");
        return this.#agree("session-accept");
      case "transport-reject":
        if (this.phase !== "replacing") throw outOfOrder();
        return this.end(new TransferError("unsupported"));
      case "content-add":
        return void this.#wire.say("content-reject", bare(said.content)).catch(() => {});
      case "transport-info":
      case "description-info":
        return;
      default:
        throw outOfOrder();
    }
  }

  /**
   * Ends it, as this side wants or has to; the other side is told.
   *
   * @param telling `silently` when nobody would hear it
   */
  end(error: TransferError, telling: "aloud" | "silently" = "aloud"): void {
    if (this.#isKept || !this.#course.end(error)) return;
    this.#failure = error;
    this.#forget();
    if (telling === "aloud") {
      const reason = reasonElement(error.reason, tooLarge(error));
      void this.#wire.say("session-terminate", reason).catch(() => {});
    }
    void this.#drop(error);
  }

  async #drop(error: TransferError): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#sink?.discard();
    this.#result.reject(error);
    this.#keeper.changed();
    this.#keeper.over();
  }

  #late(): void {
    // Hashes that were promised and do not come are as if none had been promised.
    if (this.phase === "checking") return void this.#check("now");
    this.end(new TransferError("timeout"));
  }

  /** The other side ends it. */
  #ended({ reason, action }: Said): void {
    if (this.phase === "checking" && reason === "success") return void this.#check("now");
    if (this.#isKept) return;
    const ending = reason === "success" ? "too-little" : endingOf(reason);
    this.end(new TransferError(ending), action === "content-remove" ? "aloud" : "silently");
  }

  #inform(payload: Element | undefined): void {
    // Without anything in it, it only asks whether one is there (XEP-0166, 6.8).
    if (payload === undefined) return;
    if (!payload.is("checksum", FILE_TRANSFER)) throw unsupportedInfo();
    const file = payload.getChild("file", FILE_TRANSFER);
    this.#course.take("checksum");
    const { said } = file === undefined ? { said: [] } : readHashes(file);
    // What was said once is not taken back.
    for (const [name, value] of said) if (!this.#said.has(name)) this.#said.set(name, value);
    if (this.phase === "checking") void this.#check("patiently");
  }

  #reader(): StreamReader {
    return {
      opened: () => {
        this.#course.take("open");
        this.#course.watch(BOUNDS.blockMs);
        this.#keeper.changed();
        if (this.#offer.facts.size === 0) this.#whole();
      },
      block: (bytes) => this.#take(bytes),
      closed: () => {
        if (this.phase !== "checking") this.end(new TransferError("too-little"));
      },
      broken: () => this.end(new TransferError("broken")),
    };
  }

  async #take(bytes: Uint8Array): Promise<void> {
    if (this.phase === "checking" || this.#received + bytes.length > this.#offer.facts.size) {
      this.end(new TransferError("too-much"));
      throw new StanzaError("not-acceptable", { type: "cancel" });
    }
    this.#course.take("block");
    this.#course.watch(BOUNDS.blockMs);
    this.#received += bytes.length;
    this.#hashes.add(bytes);
    this.#writing = this.#writing.then(() => this.#sink?.write(bytes));
    if (this.#received === this.#offer.facts.size) this.#whole();
    try {
      await this.#writing;
    } catch (error) {
      this.end(storageFault(error));
      throw new StanzaError("resource-constraint", { type: "wait" });
    }
    this.#keeper.changed();
  }

  #whole(): void {
    this.#course.take("whole");
    this.#course.watch(BOUNDS.checkMs);
    void this.#check("patiently");
  }

  /** Compares what came with what was said; keeps it, or lets it go. */
  async #check(hurry: "patiently" | "now"): Promise<void> {
    if (this.#isKept || this.phase !== "checking") return;
    const verdict = compared(this.#said, this.#hashes.all());
    if (verdict === "different") return this.end(new TransferError("mismatch"));
    if (verdict === "unknown" && this.#promised.length > 0 && hurry === "patiently") return;
    try {
      await this.#writing;
      if (this.#isKept || this.phase !== "checking") return;
      this.#isKept = true;
      await this.#sink?.keep();
    } catch (error) {
      this.#isKept = false;
      return this.end(storageFault(error));
    }
    await this.#finish({ isVerified: verdict === "same" });
  }

  async #finish(taken: Taken): Promise<void> {
    this.#course.take("received");
    this.#course.end();
    this.#result.resolve(taken);
    this.#keeper.changed();
    const { content } = this.#offer;
    const received = xml("received", { xmlns: FILE_TRANSFER, creator: "initiator", name: content });
    // They have all of it: what they answer changes nothing.
    await this.#wire.say("session-info", received).catch(() => {});
    await this.#wire.say("session-terminate", reasonElement("success")).catch(() => {});
    this.#forget();
    this.#keeper.over();
  }

  /** Says yes to the transport that is there, or asks for ours. */
  #agree(action: "session-accept" | "transport-replace"): void {
    const transport = this.#stream === undefined ? null : inBandElement(this.#stream);
    const description = action === "session-accept" ? descriptionOf(this.#offer.facts) : null;
    const names = { creator: "initiator", name: this.#offer.content, senders: "initiator" };
    this.#wire.say(action, xml("content", names, description, transport)).catch((error) =>
      this.end(faultOf(error), "silently")
    );
  }
}

function bare(content: Element | undefined): Element {
  const { creator, name } = content?.attrs ?? {};
  return xml("content", { creator, name });
}

function storageFault(error: unknown): TransferError {
  return new TransferError("storage", error instanceof Error ? error : undefined);
}

/** Why it ended, in the words of XEP-0234, 9.2. */
function tooLarge({ ending }: TransferError): Element | undefined {
  const isSo = ending === "too-much" || ending === "storage";
  return isSo ? xml("file-too-large", "urn:xmpp:jingle:apps:file-transfer:errors:0") : undefined;
}
