/**
 * A data folder that trusts and verifies, as the sync worker puts it together, over events that are
 * kept in memory.
 */
import { join } from "node:path";
import { getLogger } from "../../../src/log.ts";
import type { ChatEvent, EventId } from "../../../src/message/event.ts";
import { decodeEvent } from "../../../src/message/line.ts";
import { type FileTrust, openTrust } from "../../../src/transports/bucket/trust/trust.ts";
import type {
  KnownEvents,
  Quarantine,
  SegmentObject,
  Verification,
  VerificationPolicy,
  VerifiedObject,
} from "../../../src/transports/bucket/verification/contract.ts";
import { openQuarantine } from "../../../src/transports/bucket/verification/quarantine.ts";
import { openVerification } from "../../../src/transports/bucket/verification/verification.ts";
import { recordKey } from "../../../src/transports/bucket/trust/statement.ts";
import { ManualClock } from "../../harness/manual_clock.ts";
import { Author, NOON } from "./author.ts";

/** Events in memory. */
export class StoredEvents implements KnownEvents {
  readonly lines = new Map<EventId, string>();

  find(events: readonly ChatEvent[]): Promise<ReadonlyMap<EventId, string>> {
    const found = new Map<EventId, string>();
    for (const { event_id: id } of events) {
      const line = this.lines.get(id);
      if (line !== undefined) found.set(id, line);
    }
    return Promise.resolve(found);
  }

  sibling(event: ChatEvent): Promise<string | undefined> {
    for (const line of this.lines.values()) {
      const other = decodeEvent(line)?.event;
      const { chatnode } = event.content;
      if (
        other?.room_id === event.room_id && other.sender_id === event.sender_id &&
        other.content.chatnode?.device === chatnode?.device &&
        other.content.chatnode?.seq === chatnode?.seq
      ) return Promise.resolve(line);
    }
    return Promise.resolve(undefined);
  }
}

/** See the module's description. */
export class Reader {
  readonly stored = new StoredEvents();
  readonly clock: ManualClock;
  readonly trust: FileTrust;
  readonly verification: Verification;
  readonly quarantine: Quarantine;

  private constructor(
    clock: ManualClock,
    parts: { trust: FileTrust; verification: Verification; quarantine: Quarantine },
    stored: StoredEvents,
  ) {
    this.clock = clock;
    this.trust = parts.trust;
    this.verification = parts.verification;
    this.quarantine = parts.quarantine;
    this.stored = stored;
  }

  /** Opens a data folder; `before` is what was stored by an earlier reader of it. */
  static async open(
    data: string,
    policy: Partial<VerificationPolicy> = {},
    before: StoredEvents = new StoredEvents(),
  ): Promise<Reader> {
    const clock = new ManualClock(NOON + 60_000);
    const own = new Author(99, "reader");
    const logger = getLogger(["test"]);
    const device = { id: own.device, record: own.record };
    const trust = await openTrust({ data, device, clock, logger });
    const folder = join(data, "sync", "bucket");
    const verification = await openVerification({
      folder,
      signers: trust,
      known: before,
      policy: { unknownKeys: "refuse", unchained: "accept", ...policy },
      clock,
    });
    const quarantine = await openQuarantine({ folder, clock, logger });
    return new Reader(clock, { trust, verification, quarantine }, before);
  }

  /** Shows the reader a device's record. */
  async meet(author: Author): Promise<string> {
    return (await this.trust.learn(recordKey(author.device), author.recordBytes)).outcome;
  }

  /** Verifies without storing. */
  verify(object: SegmentObject): Promise<VerifiedObject> {
    return this.verification.verify(object, new AbortController().signal);
  }

  /** As the worker does it: verify, store, commit, keep the evidence. */
  async pull(object: SegmentObject): Promise<VerifiedObject> {
    const verified = await this.verify(object);
    for (const { event, json } of verified.accepted) this.stored.lines.set(event.event_id, json);
    this.verification.commit(verified);
    await this.quarantine.keep(verified);
    return verified;
  }
}

/** The codes of an object's faults, in order. */
export function codesOf({ faults }: VerifiedObject): string[] {
  return faults.map(({ code }) => code);
}

/** The bodies that were accepted. */
export function bodiesOf({ accepted }: VerifiedObject): unknown[] {
  return accepted.map(({ event }) => event.content.body);
}
