/**
 * One object's name and bytes in, lines that may be stored and named faults out. Nothing is
 * believed that is not signed by a device that may sign for its sender; one bad line costs that
 * line, and a writer that told two stories costs itself.
 *
 * Order for whoever pulls: `verify`, store the accepted lines, `commit`, keep the evidence; and
 * `save` before a cursor is saved that passes the objects. A crash between any two of these is
 * harmless: verifying an object again gives the same, its events are known then.
 *
 * @module
 */
import type { Address, ChatEvent, EventId, RoomId } from "../../../message/event.ts";
import type { Doubt } from "./doubts.ts";

/** Bytes of the largest object that is read. */
export const OBJECT_BYTES = 32 * 1024 * 1024;

/** What a signed head, or else the listing, says of an object's bytes. */
export interface Announced {
  readonly size: number;
  /** base64. */
  readonly sha256?: string;
  /** The object's number in its writer's head. */
  readonly version?: number;
}

/** An object as it comes from a bucket. */
export interface SegmentObject {
  /** Relative to the bucket's base. */
  readonly key: string;
  /** Its content, read once and to its end, or left when the object is refused. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly announced?: Announced;
}

/** What is done because of a fault. */
export type FaultEffect =
  /** It is told; the line is accepted. */
  | "told"
  /** The line, or the object, is accepted when something is learnt: verify it again then. */
  | "held"
  /** The line is not accepted. */
  | "line"
  /** Nothing of the object is accepted. */
  | "object"
  /** The line is not accepted, nor is anything of this device until it is trusted by hand. */
  | "writer";

/** Every fault there is, what follows from it, and the clause that people read. */
export const FAULTS = {
  "object/name": { effect: "object", state: "its name is none of a message file" },
  "object/room": { effect: "object", state: "its folder is none of a room" },
  "object/too-large": { effect: "object", state: "it is larger than any message file may be" },
  "object/garbage": { effect: "object", state: "a thousand of its lines are no events" },
  "object/truncated": { effect: "object", state: "it is shorter than its writer announced" },
  "object/altered": { effect: "object", state: "its bytes are not those its writer announced" },
  "object/times": { effect: "told", state: "its name does not fit the times of its events" },
  "object/empty": { effect: "told", state: "it holds no events" },
  "line/torn": { effect: "line", state: "the line is cut off" },
  "line/encoding": { effect: "line", state: "the line is not UTF-8" },
  "line/too-long": { effect: "line", state: "the line is too long" },
  "line/json": { effect: "line", state: "the line is no sound JSON" },
  "line/event": { effect: "line", state: "the line is no event" },
  "line/future": { effect: "held", state: "its timestamp is more than an hour ahead" },
  "line/ephemeral": { effect: "line", state: "events of its type are never stored" },
  "line/room": { effect: "line", state: "it belongs to another room" },
  "line/writer": { effect: "line", state: "another device says to have written it" },
  "line/party": { effect: "line", state: "its sender is not one of the two whose room it is" },
  "line/unsigned": { effect: "line", state: "it is not signed" },
  "line/signature": { effect: "line", state: "its signature does not fit" },
  "line/unverified": { effect: "held", state: "nobody knows the key that signed it" },
  "line/unchained": { effect: "line", state: "it is in no chain" },
  "signer/unknown": { effect: "held", state: "its device has shown no record" },
  "signer/waiting": { effect: "held", state: "its device is not trusted yet" },
  "signer/claimed": { effect: "held", state: "its sender signs with other keys" },
  "signer/unbound": { effect: "line", state: "its device may not sign for its sender" },
  "signer/revoked": { effect: "line", state: "its device was revoked before it" },
  "signer/distrusted": { effect: "held", state: "its device is distrusted" },
  "signer/forked": { effect: "held", state: "its device told two stories" },
  "id/replayed": { effect: "line", state: "another event has its id" },
  "chain/gap": {
    effect: "told",
    state: "events of its chain before it are withheld or yet to come",
  },
  "chain/order": { effect: "told", state: "it stands after a later event of its chain" },
  "chain/repeated": { effect: "told", state: "it stands here twice" },
  "chain/old": { effect: "line", state: "it belongs to events that are not kept any longer" },
  "chain/fork": { effect: "writer", state: "another event of its chain has its number" },
  "chain/hash": { effect: "writer", state: "it does not follow the event before it" },
  "chain/gaps": { effect: "held", state: "too much of its chain is missing" },
  "chain/count": { effect: "held", state: "its writer has more chains than are kept" },
} as const satisfies Readonly<
  Record<string, { readonly effect: FaultEffect; readonly state: string }>
>;

/** The stable name of a fault. */
export type FaultCode = keyof typeof FAULTS;

/** One fault of an object. */
export interface ObjectFault {
  readonly code: FaultCode;
  readonly effect: FaultEffect;
  /** 1 for the first line; absent when the fault is the whole object's. */
  readonly line?: number;
  /** As far as the line says so; not to be believed. */
  readonly sender?: Address;
  readonly device?: string;
  /** A more exact code of `src/message`, or numbers such as `3-7`; words and digits only. */
  readonly detail?: string;
  /** The lines themselves, `told` faults have none. The second is what the first contradicts. */
  readonly evidence: readonly string[];
}

/** A line that may be stored. */
export interface AcceptedLine {
  /** As it came, without LF. */
  readonly json: string;
  readonly event: ChatEvent;
  /**
   * `unverified`: only where {@linkcode VerificationPolicy.unknownKeys} lets it in; an event
   * without `content.chatnode`, of a sender that nobody known speaks for.
   */
  readonly signature: "verified" | "unverified";
}

/** Numbers of a chain that never came, both ends inclusive. */
export interface Missing {
  readonly room: RoomId;
  readonly sender: Address;
  readonly device: string;
  readonly from: number;
  readonly to: number;
}

/** What became of an object. */
export interface VerifiedObject {
  readonly key: string;
  /** Absent when the key says none. */
  readonly room?: RoomId;
  /**
   * The writer in the object's name: a device, or whatever others call themselves, as a name that
   * may stand in a file's name. Empty when the key says none.
   */
  readonly writer: string;
  /** In the order of the object. Those that the history has already are among them. */
  readonly accepted: readonly AcceptedLine[];
  /** At most {@linkcode MOST_FAULTS}; {@linkcode VerifiedObject.faultCount} counts all. */
  readonly faults: readonly ObjectFault[];
  readonly faultCount: number;
  /** How often each fault was found. */
  readonly counts: Readonly<Partial<Record<FaultCode, number>>>;
  /** Devices without a record: get it, learn it, verify again. */
  readonly unknownDevices: readonly string[];
  /** Whether it has to be verified again when something was learnt, or its time has come. */
  readonly held: boolean;
  /**
   * Present when its bytes are not those that its writer has signed for: nothing of it is accepted
   * until they are again, as whoever keeps the bucket may bring about.
   */
  readonly spoilt?: Announced;
  /** What trust would have to answer otherwise; `"any"` when that is too much to remember. */
  readonly doubts: readonly Doubt[] | "any";
}

/** Faults of one object that are listed with their evidence. */
export const MOST_FAULTS = 100;

/** What is decided by settings. */
export interface VerificationPolicy {
  /**
   * Events signed by keys that nobody has bound, as the reference client's are: `refuse` (the
   * default) or `insecure-accept`, which believes any name that nobody known speaks for.
   */
  readonly unknownKeys: "refuse" | "insecure-accept";
  /** Events in no chain, as the reference client's are, once their signature is verified. */
  readonly unchained: "accept" | "refuse";
  /**
   * `each` (the default): every signature is checked. `chain-ends`: in an object whose checksum its
   * writer has signed, the signature of the last event of a chain is checked, and those before it
   * by the hashes that lead to them: just as hard to forge, and several times as fast. What it does
   * not find is a writer who signs badly, yet announces the file.
   */
  readonly signatures?: "each" | "chain-ends";
}

/** What is stored already; `known_events.ts` has it from a history. */
export interface KnownEvents {
  /** The stored lines of those events of one room that are stored. */
  find(events: readonly ChatEvent[]): Promise<ReadonlyMap<EventId, string>>;
  /** The stored line that has an event's number in its chain, as far as it is looked for. */
  sibling(event: ChatEvent): Promise<string | undefined>;
}

/** The verifier of one bucket. Calls wait for each other. */
export interface Verification {
  /**
   * Verifies one object. The event loop gets its turns meanwhile.
   *
   * @throws whatever the body's iteration throws; the signal's reason
   */
  verify(object: SegmentObject, signal: AbortSignal): Promise<VerifiedObject>;
  /** The accepted lines of an object are stored: what its chains say counts from now on. */
  commit(object: VerifiedObject): void;
  /** Makes what was committed durable. A state that is lost or lags costs time, never safety. */
  save(): Promise<void>;
  /** What is missing in the chains of a device, or in all; at most 1,000. */
  missing(device?: string): readonly Missing[];
}

/** An object that waits. */
export interface HeldObject {
  readonly key: string;
  /** As in {@linkcode VerifiedObject}; none when it does not wait for trust. */
  readonly doubts: readonly Doubt[] | "any";
  /** As in {@linkcode VerifiedObject}: what it has to become again. */
  readonly spoilt?: Announced;
}

/** Evidence against an object, and how often. */
export interface Quarantine {
  /**
   * Keeps the faults of an object with their evidence, as far as there is room; counts them.
   *
   * @returns how many are more than were counted of the object before; what is only told is none
   */
  keep(object: VerifiedObject): Promise<number>;
  /** Objects that wait for something to be learnt, oldest first; at most 10,000. */
  held(): readonly HeldObject[];
  /** How often each fault was found, by device (or the writer's name). */
  counts(): readonly QuarantineCount[];
}

/** See {@linkcode Quarantine.counts}. */
export interface QuarantineCount {
  readonly writer: string;
  readonly code: FaultCode;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly last: number;
}
