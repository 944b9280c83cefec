/**
 * In-band bytestreams (XEP-0047): bytes in requests, each of them answered once its bytes are where
 * they belong, so that nobody sends faster than the other side can take it.
 *
 * @module
 */
import { StanzaError } from "../errors.ts";
import { type Element, xml } from "../xml.ts";
import { feature, type FeaturePort, type IqRequest } from "./feature.ts";

/** A stream as both sides know it. */
export interface InBand {
  readonly sid: string;
  /** Bytes of a block, at most. */
  readonly blockSize: number;
}

/** Who takes the bytes of a stream. What a method throws goes to the other side. */
export interface StreamReader {
  /** @throws {StanzaError} */
  opened(): void;
  /** The next bytes, in order; acknowledged once it resolves. @throws {StanzaError} */
  block(bytes: Uint8Array): Promise<void>;
  /** The other side sends no more. */
  closed(): void;
  /** A block is missing or no block: nothing of the stream counts any more. */
  broken(): void;
}

/** What one does with streams. */
export interface InBandStreams {
  /** Lets `from` (full) open this stream and no other. @returns what forgets it */
  expect(from: string, stream: InBand, reader: StreamReader): () => void;
  /**
   * Opens a stream; with smaller blocks where the other side wants that.
   *
   * @returns the size of its blocks
   * @throws {XmppError} as `FeaturePort.request`
   */
  open(to: string, stream: InBand): Promise<number>;
  /** Sends a block; resolves when it was taken. @throws {XmppError} as `FeaturePort.request` */
  send(
    to: string,
    sid: string,
    block: { readonly seq: number; readonly bytes: Uint8Array },
  ): Promise<void>;
  /** Tells that there is no more; who does not listen any more is fine. */
  close(to: string, sid: string): Promise<void>;
}

/** The namespace of streams. */
export const IBB = "http://jabber.org/protocol/ibb";
/** `seq` begins anew behind 65,535. */
const SEQUENCE = 65_536;
const BLOCK_LEAST = 1_024;
const ANSWER_MS = 90_000;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

interface Expected {
  readonly stream: InBand;
  readonly reader: StreamReader;
  /** Undefined before it is open; then the number of the next block. */
  next: number | undefined;
}

/** See the module's description. */
export const inBand = feature<InBandStreams>({
  extensions: [
    {
      xep: "0047",
      name: "In-Band Bytestreams (IBB)",
      version: "2.0.1",
      state: "partial",
      note: "in requests, not in messages",
    },
  ],
  disco: [IBB],
  start: (port) => new Streams(port),
});

class Streams implements InBandStreams {
  readonly #port: FeaturePort;
  readonly #expected = new Map<string, Expected>();

  constructor(port: FeaturePort) {
    this.#port = port;
    port.onRequest("set", "open", IBB, "anyone", (request) => this.#open(request));
    port.onRequest("set", "data", IBB, "anyone", (request) => this.#data(request));
    port.onRequest("set", "close", IBB, "anyone", (request) => this.#close(request));
  }

  expect(from: string, stream: InBand, reader: StreamReader): () => void {
    const key = keyOf(from, stream.sid);
    const expected: Expected = { stream, reader, next: undefined };
    this.#expected.set(key, expected);
    return () => {
      if (this.#expected.get(key) === expected) this.#expected.delete(key);
    };
  }

  async open(to: string, { sid, blockSize }: InBand): Promise<number> {
    const attrs = { xmlns: IBB, sid, "block-size": blockSize, stanza: "iq" };
    try {
      await this.#ask(to, xml("open", attrs));
      return blockSize;
    } catch (error) {
      const isTooLarge = error instanceof StanzaError && error.condition === "resource-constraint";
      const smaller = Math.floor(blockSize / 2);
      if (!isTooLarge || smaller < BLOCK_LEAST) throw error;
      return await this.open(to, { sid, blockSize: smaller });
    }
  }

  async send(
    to: string,
    sid: string,
    { seq, bytes }: { readonly seq: number; readonly bytes: Uint8Array },
  ): Promise<void> {
    const attrs = { xmlns: IBB, sid, seq: seq % SEQUENCE };
    await this.#ask(to, xml("data", attrs, bytes.toBase64()));
  }

  async close(to: string, sid: string): Promise<void> {
    await this.#ask(to, xml("close", { xmlns: IBB, sid })).catch(() => {});
  }

  async #ask(to: string, child: Element): Promise<void> {
    await this.#port.request("set", child, { to, timeoutMs: ANSWER_MS, lives: "session" });
  }

  #open(request: IqRequest): undefined {
    const { expected } = this.#find(request);
    const { "block-size": size = "", stanza = "iq" } = request.child.attrs;
    if (!/^[0-9]{1,5}$/.test(size) || Number(size) < 1) throw badRequest();
    if (stanza !== "iq") throw new StanzaError("feature-not-implemented", { type: "cancel" });
    if (Number(size) > expected.stream.blockSize) {
      throw new StanzaError("resource-constraint", { type: "modify" });
    }
    if (expected.next !== undefined) throw new StanzaError("unexpected-request", { type: "wait" });
    expected.reader.opened();
    expected.next = 0;
  }

  async #data(request: IqRequest): Promise<undefined> {
    const { expected, key } = this.#find(request);
    const { child } = request;
    const bytes = blockOf(child.text(), expected.stream.blockSize);
    const isNext = expected.next !== undefined && child.attrs["seq"] === String(expected.next);
    if (!isNext || bytes === undefined) {
      // Nothing of the stream counts any more (XEP-0047, 2.2).
      this.#expected.delete(key);
      expected.reader.broken();
      throw isNext ? badRequest() : new StanzaError("unexpected-request", { type: "cancel" });
    }
    expected.next = ((expected.next ?? 0) + 1) % SEQUENCE;
    await expected.reader.block(bytes);
    return undefined;
  }

  #close(request: IqRequest): undefined {
    const { expected, key } = this.#find(request);
    this.#expected.delete(key);
    expected.reader.closed();
  }

  /** The stream that a request is about, if it is one of whom it comes from. */
  #find({ from, child }: IqRequest): { readonly expected: Expected; readonly key: string } {
    const key = keyOf(from?.full ?? "", child.attrs["sid"] ?? "");
    const expected = this.#expected.get(key);
    if (expected === undefined) throw new StanzaError("item-not-found", { type: "cancel" });
    return { expected, key };
  }
}

/** A block's bytes: base64 and nothing else, at least one and no more than agreed. */
function blockOf(text: string, most: number): Uint8Array | undefined {
  if (text === "" || text.length > 4 * Math.ceil(most / 3) || !BASE64.test(text)) return undefined;
  const bytes = Uint8Array.fromBase64(text);
  return bytes.length > most ? undefined : bytes;
}

function badRequest(): StanzaError {
  return new StanzaError("bad-request", { type: "modify" });
}

/** A resource may hold a space, a bare JID and a line end may not. */
function keyOf(peer: string, sid: string): string {
  return `${peer}\n${sid}`;
}
