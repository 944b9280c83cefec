/**
 * A client that is offered files and offers some, without a server: what the other side says stands
 * in the test, word by word.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  fileTransfer,
  type FileTransferEvent,
} from "../../../../src/transports/xmpp/features/file_transfer.ts";
import { messages } from "../../../../src/transports/xmpp/features/messages.ts";
import type { FileSink } from "../../../../src/transports/xmpp/jingle/incoming.ts";
import type { FileSource } from "../../../../src/transports/xmpp/jingle/outgoing.ts";
import type { Element } from "../../../../src/transports/xmpp/xml.ts";
import { eventually } from "../../../harness/eventually.ts";
import { FeatureStage } from "../../../harness/feature_stage.ts";
import type { ManualClock } from "../../../harness/manual_clock.ts";

/** The other side. */
export const BOB = "bob@localhost/there";
/** Somebody else. */
export const MALLORY = "mallory@localhost/x";
/** The session's name, and the stream's. */
export const SID = "s1";
export const STREAM = "stream1";

/** SHA-256, base64. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("base64");
}

/** A file that stays in memory, and does what a test wants with its disk. */
export class MemorySink implements FileSink {
  readonly blocks: Uint8Array[] = [];
  isKept = false;
  isDiscarded = false;
  readonly #room: number;

  constructor(room = Infinity) {
    this.#room = room;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.blocks.flatMap((block) => [...block]));
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.bytes.length + bytes.length > this.#room) return Promise.reject(new Error("full"));
    this.blocks.push(bytes);
    return Promise.resolve();
  }

  keep(): Promise<void> {
    this.isKept = true;
    return Promise.resolve();
  }

  discard(): Promise<void> {
    this.isDiscarded = true;
    return Promise.resolve();
  }
}

/** A file in memory. */
export function sourceOf(text: string, said = sha256(text)): FileSource {
  const bytes = new TextEncoder().encode(text);
  return {
    facts: {
      ...{ name: "notes.txt", size: bytes.length, mediaType: "text/plain" },
      hashes: { said: new Map([["sha-256", said]]), promised: [] },
    },
    async *blocks(size) {
      for (let at = 0; at < bytes.length; at += size) {
        yield await Promise.resolve(bytes.subarray(at, at + size));
      }
    },
  };
}

/** See the module's description. The account is alice@localhost/here, and knows bob. */
export class JingleStage extends FeatureStage implements AsyncDisposable {
  readonly transfers = this.use(fileTransfer);
  readonly #clock: ManualClock | undefined;
  #stanzas = 0;

  constructor(clock?: ManualClock) {
    super([messages, fileTransfer], clock);
    this.#clock = clock;
    this.use(messages).send({ to: "bob@localhost", body: "hello" });
  }

  /** A request of `from`; gives `result`, or the conditions of an error: `item-not-found unknown-session`. */
  async iq(child: string, from = BOB): Promise<string> {
    const answer = await this.serve(
      `<iq type="set" id="q${this.#stanzas +=
        1}" from="${from}" to="${this.jid.full}">${child}</iq>`,
    );
    return conditionsOf(answer);
  }

  /** Something of a Jingle session. */
  async jingle(action: string, inner = "", sid = SID, from = BOB): Promise<string> {
    return await this.iq(
      `<jingle xmlns="urn:xmpp:jingle:1" action="${action}" sid="${sid}">${inner}</jingle>`,
      from,
    );
  }

  /** A block; `bytes` is what it holds as text. */
  async block(seq: number, bytes: string, sid = STREAM, from = BOB): Promise<string> {
    return await this.iq(
      `<data xmlns="${IBB}" seq="${seq}" sid="${sid}">${btoa(bytes)}</data>`,
      from,
    );
  }

  /** Opens the stream. */
  async open(blockSize = 16, sid = STREAM, from = BOB): Promise<string> {
    return await this.iq(`<open xmlns="${IBB}" block-size="${blockSize}" sid="${sid}"/>`, from);
  }

  /** All that was told of transfers, in short: `in offered 0`. */
  get tale(): string[] {
    return this.all<FileTransferEvent>("file-transfer").map(({ transfer }) =>
      [transfer.direction, transfer.state, transfer.failure?.ending ?? transfer.done].join(" ")
    );
  }

  /** Waits for what is said of a session, answers it, gives it. */
  async says(action: string): Promise<Element> {
    return await eventually(`${action} is said`, () => {
      this.#clock?.advance(0);
      const at = this.asked.findIndex(({ child }) => child.attrs["action"] === action);
      const [asked] = at < 0 ? [] : this.asked.splice(at, 1);
      asked?.answer();
      return asked?.child;
    });
  }

  /** Ends the client's session with the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.registrations.over();
    // What is to be said behind an answer has no time left to be said in.
    this.#clock?.advance(0);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** Waits until a session ends with a reason of this side's. */
  async ends(reason: string): Promise<void> {
    const said = await this.says("session-terminate");
    const names = said.getChild("reason")?.getChildElements().map((child) => child.getName());
    if (names?.[0] !== reason) throw new Error(`it ended with ${names}, not ${reason}`);
  }
}

/** The namespace of streams. */
export const IBB = "http://jabber.org/protocol/ibb";

/** A content that offers `text` as a file; `file` and `transport` take the place of what is usual. */
export function offerOf(
  text: string,
  {
    file = `<name>notes.txt</name><size>${text.length}</size>${hashOf(sha256(text))}`,
    transport =
      `<transport xmlns="urn:xmpp:jingle:transports:ibb:1" block-size="16" sid="${STREAM}"/>`,
    senders = "initiator",
  }: { readonly file?: string; readonly transport?: string; readonly senders?: string } = {},
): string {
  return `<content creator="initiator" name="f" senders="${senders}">\
<description xmlns="urn:xmpp:jingle:apps:file-transfer:5"><file>${file}</file></description>\
${transport}</content>`;
}

/** A hash as an element. */
export function hashOf(value: string, algorithm = "sha-256"): string {
  return `<hash xmlns="urn:xmpp:hashes:2" algo="${algorithm}">${value}</hash>`;
}

/** Hashes that are told later. */
export function checksumOf(value: string, algorithm = "sha-256"): string {
  return `<checksum xmlns="urn:xmpp:jingle:apps:file-transfer:5" creator="initiator" name="f">\
<file>${hashOf(value, algorithm)}</file></checksum>`;
}

/** Why a session ends. */
export function reasonOf(reason: string): string {
  return `<reason><${reason}/></reason>`;
}

function conditionsOf(answer: Element): string {
  if (answer.attrs["type"] === "result") return "result";
  const children = answer.getChild("error")?.getChildElements() ?? [];
  return children.map((child) => child.getName()).filter((name) => name !== "text").join(" ");
}
