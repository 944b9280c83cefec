/**
 * A file of ours: offered, and once the other side says yes sent block by block, no faster than it
 * is taken.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { xml } from "../xml.ts";
import { RunningHashes } from "./content_hash.ts";
import { Course } from "./course.ts";
import { endingOf, faultOf, TransferError } from "./ending.ts";
import { descriptionOf, FILE_TRANSFER, type FileFacts, isRanged } from "./file_facts.ts";
import type { Keeper } from "./incoming.ts";
import { BOUNDS, type Wire } from "./wire.ts";
import {
  type InBand,
  inBandElement,
  outOfOrder,
  readInBand,
  reasonElement,
  type Said,
  unsupportedInfo,
} from "./words.ts";

/** What is sent. */
export interface FileSource {
  /** With a SHA-256 of all bytes. */
  readonly facts: FileFacts;
  /** The bytes from the start, in blocks of `size` but for the last. @throws {Error} */
  blocks(size: number): AsyncIterable<Uint8Array>;
}

const CONTENT = "file";

/** See the module's description. */
export class Outgoing {
  readonly #source: FileSource;
  readonly #wire: Wire;
  readonly #keeper: Keeper;
  readonly #course: Course;
  readonly #stream: InBand;
  readonly #accepted = Promise.withResolvers<InBand>();
  readonly #confirmed = Promise.withResolvers<"received" | "ended">();
  #sent = 0;
  #failure: TransferError | undefined;

  constructor(source: FileSource, wire: Wire, keeper: Keeper) {
    this.#source = source;
    this.#wire = wire;
    this.#keeper = keeper;
    this.#stream = { sid: keeper.uuid(), blockSize: BOUNDS.block };
    this.#course = new Course(wire.clock, () => this.end(new TransferError("timeout")));
  }

  get facts(): FileFacts {
    return this.#source.facts;
  }

  get phase(): Course["phase"] {
    return this.#course.phase;
  }

  /** Bytes that the other side has. */
  get done(): number {
    return this.#sent;
  }

  get failure(): TransferError | undefined {
    return this.#failure;
  }

  /** Offers and sends it; resolves when the other side says that it has it. @throws {TransferError} */
  async run(): Promise<void> {
    const { peer, streams } = this.#wire;
    try {
      this.#course.watch(BOUNDS.decideMs);
      await this.#course.until(this.#wire.say("session-initiate", this.#content()));
      const agreed = await this.#course.until(this.#accepted.promise);
      const blockSize = await this.#course.until(streams.open(peer, agreed));
      this.#course.take("open");
      this.#course.watch(BOUNDS.blockMs);
      this.#keeper.changed();
      await this.#send(blockSize);
      this.#course.watch(BOUNDS.checkMs);
      void streams.close(peer, this.#stream.sid);
      const end = await this.#course.until(this.#confirmed.promise);
      this.#course.end();
      // Who ends the session is the one that has received (XEP-0234, 6.6), but not everybody does.
      if (end === "received") void this.#farewell("success");
      else this.#keeper.over();
      this.#keeper.changed();
    } catch (error) {
      const fault = faultOf(error);
      if (fault.ending === "broken") await this.#lastWord();
      this.end(fault);
      throw this.#failure ?? error;
    }
  }

  /** Who ends a session refuses its blocks from then on, and says why right behind that. */
  async #lastWord(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#wire.clock.after(BOUNDS.lastWordMs, () => late.resolve());
    await this.#course.until(late.promise).catch(() => {});
    timer.cancel();
  }

  /** The other side says something of the session. @throws {StanzaError} */
  hear(said: Said): void {
    switch (said.action) {
      case "session-accept":
        return this.#agree(said);
      case "session-terminate":
      case "content-remove":
        return this.#ended(said);
      case "session-info":
        if (said.payload === undefined) return;
        if (!said.payload.is("received", FILE_TRANSFER)) throw unsupportedInfo();
        this.#course.take("received");
        return this.#confirmed.resolve("received");
      case "transport-replace":
        return void this.#say("transport-reject", this.#content());
      case "content-add":
        return void this.#say("content-reject", xml("content", said.content?.attrs));
      case "transport-info":
      case "description-info":
        return;
      default:
        throw outOfOrder();
    }
  }

  /** As `Incoming.end`. */
  end(error: TransferError, telling: "aloud" | "silently" = "aloud"): void {
    if (!this.#course.end(error)) return;
    this.#failure = error;
    this.#keeper.changed();
    if (telling === "aloud") void this.#farewell(error.reason);
    else this.#keeper.over();
  }

  /** Ends the session; an answer that comes late still finds it. */
  async #farewell(reason: string): Promise<void> {
    await this.#say("session-terminate", reasonElement(reason));
    this.#keeper.over();
  }

  async #say(...words: Parameters<Wire["say"]>): Promise<void> {
    await this.#wire.say(...words).catch(() => {});
  }

  #agree({ content }: Said): void {
    const transport = readInBand(content);
    const fits = transport?.sid === this.#stream.sid && content?.attrs["name"] === CONTENT &&
      transport.blockSize <= this.#stream.blockSize;
    if (!fits) throw new StanzaError("bad-request", { type: "modify" });
    this.#course.take("accept");
    if (isRanged(content?.getChild("description", FILE_TRANSFER))) {
      return this.end(new TransferError("unsupported"));
    }
    this.#course.watch(BOUNDS.openMs);
    this.#accepted.resolve(transport);
  }

  #ended({ reason, action }: Said): void {
    if (reason === "success" && this.phase === "checking") return this.#confirmed.resolve("ended");
    const telling = action === "content-remove" ? "aloud" : "silently";
    this.end(new TransferError(endingOf(reason)), telling);
  }

  /** Blocks in order, some of them on their way at a time. */
  async #send(blockSize: number): Promise<void> {
    const hashes = new RunningHashes();
    const waiting: Promise<void>[] = [];
    let seq = 0;
    let left = this.facts.size;
    if (left === 0) this.#course.take("whole");
    for await (const bytes of this.#source.blocks(blockSize)) {
      left -= bytes.length;
      if (left < 0) break;
      hashes.add(bytes);
      if (waiting.length >= BOUNDS.window) await this.#course.until(waiting.shift() ?? never());
      await this.#course.until(this.#wire.connected());
      const sent = this.#sendBlock(seq, bytes);
      sent.catch(() => {});
      waiting.push(sent);
      seq += 1;
      // At once: that the other side has it all may come together with its last answer.
      if (left === 0) this.#course.take("whole");
    }
    await this.#course.until(Promise.all(waiting));
    const isSame = left === 0 && hashes.sha256() === this.facts.hashes.said.get("sha-256");
    if (!isSame) throw new TransferError("storage", new Error(CHANGED));
  }

  async #sendBlock(seq: number, bytes: Uint8Array): Promise<void> {
    await this.#wire.streams.send(this.#wire.peer, this.#stream.sid, { seq, bytes });
    if (this.phase !== "flowing" && this.phase !== "checking") return;
    this.#sent += bytes.length;
    this.#course.watch(BOUNDS.blockMs);
    this.#keeper.changed();
  }

  #content() {
    const names = { creator: "initiator", name: CONTENT, senders: "initiator" };
    return xml("content", names, descriptionOf(this.facts), inBandElement(this.#stream));
  }
}

const CHANGED = "Cannot transfer the file: it changed meanwhile";

function never(): Promise<never> {
  return Promise.reject(new TransferError("broken"));
}
