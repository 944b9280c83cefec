/**
 * What is known of devices and was decided about them, in memory, and what follows from it.
 *
 * @module
 */
import type { DeviceRecord } from "../../../message/device.ts";
import type { Address, RoomId } from "../../../message/event.ts";
import { VerifyingKey } from "../../../message/signature.ts";
import type { Claim, DeviceReport, Signers, Standing, Verdict } from "./contract.ts";
import type { Decided } from "./decisions.ts";
import type { Facts } from "./facts.ts";
import type { Memory, MemoryLine } from "./memory.ts";
import { factsOf, reportsOf } from "./report.ts";
import { Standings } from "./standings.ts";
import type { Statement } from "./statement.ts";

/** Standings of devices whose events count, as far as they do. */
const TRUSTED: readonly Standing[] = ["own", "pinned", "endorsed", "trusted", "revoked"];

/** See the module's description. Whatever changes it keeps the standings right. */
export class Belief implements Signers {
  readonly memory: Memory;
  readonly #keys = new Map<string, VerifyingKey>();
  #decided: Decided;
  #standings: Standings;

  constructor(memory: Memory, decided: Decided) {
    this.memory = memory;
    this.#decided = decided;
    this.#standings = new Standings(this.#facts());
  }

  /** What was decided by hand. */
  get decided(): Decided {
    return this.#decided;
  }

  verdict(device: string, sender: Address, room: RoomId): Verdict {
    const answer = this.#standings.answer(device, sender, room);
    if (answer !== "trusted") return { kind: answer };
    const seen = this.memory.records.get(device);
    if (seen === undefined) return { kind: "unknown" };
    const extent = this.#standings.extent(device);
    const key = this.keyOf(seen.record.public_key);
    return { kind: "trusted", key, ...(extent === undefined ? {} : { extent }) };
  }

  keysOf(sender: Address): { readonly keys: readonly VerifyingKey[]; readonly claimed: boolean } {
    const bound = this.#decided.bindings.get(sender) ?? [];
    const keys = Array.from(bound, (key) => this.keyOf(key));
    return { keys, claimed: this.#standings.isClaimed(sender) };
  }

  /** As `Trust.claimOf`. */
  claimOf(device: string): Claim | undefined {
    if (!this.memory.records.has(device)) return undefined;
    const party = this.#standings.heldBy(device);
    const standing = this.#standings.standing(device);
    return { standing, ...(party === undefined ? {} : { party }) };
  }

  /** Every device that is known, by node and age. */
  list(): readonly DeviceReport[] {
    return reportsOf(this.#facts(), this.#standings);
  }

  /** The records of devices that are trusted. */
  trustedRecords(): readonly DeviceRecord[] {
    return Array.from(this.memory.records.values(), ({ record }) => record).filter(({ device }) =>
      TRUSTED.includes(this.#standings.standing(device))
    );
  }

  /** The key of a text in base64, made usable once. */
  keyOf(publicKey: string): VerifyingKey {
    const key = this.#keys.get(publicKey) ?? new VerifyingKey(publicKey);
    this.#keys.set(publicKey, key);
    return key;
  }

  /** Other things were decided by hand. */
  decide(decided: Decided): void {
    this.#decided = decided;
    this.#workOut();
  }

  /** A device is one of this data folder's. */
  own(device: string): MemoryLine {
    const line = { type: "own", device } as const;
    return this.#apply(line);
  }

  /** A device told two stories, as often as `count` says, the last time at `at`. */
  suspect(device: string, count: number, at: number): MemoryLine {
    return this.#apply({ type: "suspicion", device, count, at });
  }

  /** A statement, whose signature fits. */
  note(statement: Statement): void {
    this.memory.note(statement);
    this.#workOut();
  }

  /** A device showed its record: whatever nobody speaks for is pinned. What is to be written of it. */
  remember(record: DeviceRecord, json: string, seenAt: number): MemoryLine[] {
    const { records, pins } = this.memory;
    const { device } = record;
    records.set(device, { record, json, seenAt });
    const isDistrusted = this.#decided.decisions.get(device)?.decision === "distrust";
    const pinned = isDistrusted ? [] : this.#standings.free(record);
    for (const scope of pinned) pins.set(scope, device);
    if (this.#isMentioned(device)) this.#workOut();
    else this.#standings.pin(device, pinned);
    const lines = pinned.map((scope): MemoryLine => ({ type: "pin", scope, device }));
    return [{ type: "record", json, seenAt }, ...lines];
  }

  /** Whether anything was said or decided about a device before its record was seen. */
  #isMentioned(device: string): boolean {
    const { own } = this.memory;
    const { decisions, issued } = this.#decided;
    return own.has(device) || this.memory.isMentioned(device) || decisions.has(device) ||
      issued.some((each) => each.device === device);
  }

  #apply(line: MemoryLine): MemoryLine {
    this.memory.apply(line);
    this.#workOut();
    return line;
  }

  #workOut(): void {
    this.#standings = new Standings(this.#facts());
  }

  #facts(): Facts {
    return factsOf(this.memory, this.#decided);
  }
}
