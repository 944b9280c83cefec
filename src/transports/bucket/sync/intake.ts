/**
 * Takes one file of others in: its bytes are verified, what is sound goes into the history, what is
 * not is kept as evidence.
 *
 * @module
 */
import type { ForeignEvents, Ingested } from "../../../history/ingest.ts";
import type { Bucket } from "../stores/contract.ts";
import { BucketError } from "../stores/errors.ts";
import { type Learned, STATEMENT_BYTES, type Trust } from "../trust/contract.ts";
import { recordKey } from "../trust/statement.ts";
import {
  type FaultCode,
  OBJECT_BYTES,
  type Quarantine,
  type SegmentObject,
  type Verification,
  type VerifiedObject,
} from "../verification/contract.ts";
import { readBody, readSmall } from "./reading.ts";
import { sha256 } from "./plan.ts";

/** The history, as far as pulled events go into it. */
export interface IntakeHistory {
  ingest(foreign: ForeignEvents): Promise<Ingested>;
}

/** What an {@linkcode Intake} works with. */
export interface IntakeOptions {
  readonly bucket: Bucket;
  readonly history: IntakeHistory;
  readonly verification: Verification;
  readonly quarantine: Quarantine;
  readonly trust: Trust;
}

/** A file that is to be fetched. */
export interface WantedFile {
  readonly key: string;
  /** As a signed head says, or at least a listing; absent when nobody has said it lately. */
  readonly size?: number;
  /** base64, when a signed head says so. */
  readonly sha256?: string;
  /** The object's number in its writer's head. */
  readonly number?: number;
  /** `soon`: a head will tell what it should be, and it is fetched once more then. */
  readonly told?: "soon";
}

/** A file in memory. */
export interface FetchedFile {
  readonly wanted: WantedFile;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a file, or some of its lines, waits for. */
export type Hold =
  /** More of its writer's files: too much of its chain is missing. */
  | "files"
  /** Its time: it is ahead of ours. */
  | "time"
  /** Its own bytes: others lie there. */
  | "repair"
  /** Something to be learnt of a device. */
  | "knowledge";

/** What became of it. */
export type Taken =
  | {
    readonly outcome: "taken";
    /** Events that were new. */
    readonly stored: number;
    /** What was refused or held and had not been before. */
    readonly faults: number;
    readonly held: Hold | undefined;
    /** What would have to be answered otherwise for it to be of use to look again. */
    readonly doubts: VerifiedObject["doubts"];
  }
  /** It has a fault that may lie in the transfer: fetch it again before it is believed. */
  | { readonly outcome: "doubtful"; readonly code: FaultCode; readonly sha256: string };

/** What became of lines that a head carries. */
export interface TakenTail {
  /** Events that were new. */
  readonly stored: number;
  /** Whether some wait for what is not known yet. */
  readonly held: boolean;
}

/** How long one file may take, milliseconds. */
const FETCH_MS = 60_000;
/** Records that one file may ask for. */
const MOST_DEVICES = 16;

/** See the module's description. */
export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Begins to fetch a file; the result is for {@linkcode Intake.take}. @throws {BucketError} */
  async fetch(wanted: WantedFile, signal: AbortSignal): Promise<FetchedFile | undefined> {
    const object = await this.#options.bucket.get(wanted.key, { signal, deadlineMs: FETCH_MS });
    if (object === undefined) return undefined;
    const bytes = await readBody(object, OBJECT_BYTES + 1);
    if (bytes.length === object.size || bytes.length > OBJECT_BYTES) return { wanted, bytes };
    // Nobody may have said how long it should be: a file cut between two lines would look whole.
    throw new BucketError("bucket/corrupt", `Cannot read ${wanted.key}: it came cut off`);
  }

  /**
   * Verifies what was fetched and stores what is sound.
   *
   * @param before the hash of the bytes that an earlier attempt got and doubted; the same bytes
   *   again are what is there
   * @throws {HistoryError} when the history takes nothing; {@linkcode BucketError} when a device's
   *   record cannot be fetched
   */
  async take(
    { wanted, bytes }: FetchedFile,
    before: string | undefined,
    signal: AbortSignal,
  ): Promise<Taken> {
    const { verification, quarantine } = this.#options;
    const object = () => segmentOf(wanted, bytes);
    let verified = await verification.verify(object(), signal);
    if (await this.#learn(verified, signal)) verified = await verification.verify(object(), signal);
    const doubt = verified.faults.find(({ effect }) => effect !== "told" && effect !== "held");
    const hash = doubt === undefined ? "" : sha256(bytes);
    if (doubt !== undefined && hash !== before) {
      return { outcome: "doubtful", code: doubt.code, sha256: hash };
    }
    const stored = await this.#store(verified);
    verification.commit(verified);
    // Also without a fault: what was held is released.
    const faults = await quarantine.keep(verified);
    const { doubts } = verified;
    return { outcome: "taken", stored, faults, held: holdOf(verified), doubts };
  }

  /**
   * Verifies lines that a head carries and stores those that are sound. Its writer has signed the
   * head with all of them: no transfer has spoilt what is wrong.
   *
   * @throws as {@linkcode Intake.take}
   */
  async takeTail({ wanted, bytes }: FetchedFile, signal: AbortSignal): Promise<TakenTail> {
    const { verification, quarantine } = this.#options;
    const object = () => segmentOf(wanted, bytes);
    let verified = await verification.verify(object(), signal);
    if (await this.#learn(verified, signal)) verified = await verification.verify(object(), signal);
    const stored = await this.#store(verified);
    verification.commit(verified);
    const refused = verified.faults.some(({ effect }) => effect !== "told" && effect !== "held");
    // What is held waits with its head: nobody can fetch it under this name.
    if (refused) await quarantine.keep({ ...verified, held: false });
    return { stored, held: verified.held };
  }

  /** Fetches the records of devices that were not known. True when there is something new. */
  async #learn({ unknownDevices }: VerifiedObject, signal: AbortSignal): Promise<boolean> {
    let news = false;
    for (const device of unknownDevices.slice(0, MOST_DEVICES)) {
      news = await this.learn(recordKey(device), signal) || news;
    }
    return news;
  }

  /**
   * Fetches one object below `devices/` and takes note of it. True when it says something new.
   *
   * @throws {BucketError} {@linkcode TrustError}
   */
  async learn(key: string, signal: AbortSignal): Promise<boolean> {
    const learned = await this.#learnOnce(key, signal);
    // A transfer may have spoilt it.
    if (learned?.outcome === "refused") return await this.#learnAgain(key, signal);
    if (learned?.outcome !== "unknown-signer") return learned?.outcome === "new";
    await this.#learnOnce(recordKey(learned.signer), signal);
    return await this.#learnAgain(key, signal);
  }

  async #learnAgain(key: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#learnOnce(key, signal))?.outcome === "new";
  }

  async #learnOnce(key: string, signal: AbortSignal): Promise<Learned | undefined> {
    const { bucket, trust } = this.#options;
    const found = await readSmall(bucket, key, STATEMENT_BYTES + 1, { signal });
    if (found === undefined || found === "unchanged") return undefined;
    return await trust.learn(key, found.bytes);
  }

  async #store({ room, writer, accepted }: VerifiedObject): Promise<number> {
    if (room === undefined || accepted.length === 0) return 0;
    const { stored } = await this.#options.history.ingest({ room, writer, lines: accepted });
    return stored.length;
  }
}

function holdOf({ held, counts, spoilt }: VerifiedObject): Hold | undefined {
  if (spoilt !== undefined) return "repair";
  if (!held) return undefined;
  if (counts["chain/gaps"] !== undefined) return "files";
  return counts["line/future"] === undefined ? "knowledge" : "time";
}

function segmentOf(wanted: WantedFile, bytes: Uint8Array): SegmentObject {
  const { key, size, sha256, number } = wanted;
  if (size === undefined) return { key, body: once(bytes) };
  return {
    key,
    body: once(bytes),
    announced: {
      size,
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(number === undefined ? {} : { version: number }),
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
