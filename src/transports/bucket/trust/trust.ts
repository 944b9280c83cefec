/**
 * Trust on files: the contract over what is believed, what was learnt on disk, and what people
 * decide meanwhile.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Device } from "../../../history/keys.ts";
import type { Logger } from "../../../log.ts";
import { type DeviceRecord, encodeDeviceRecord } from "../../../message/device.ts";
import type { Address, RoomId } from "../../../message/event.ts";
import type { VerifyingKey } from "../../../message/signature.ts";
import { Belief } from "./belief.ts";
import type { Claim, DeviceReport, Learned, Publication, Trust, Verdict } from "./contract.ts";
import { type Decided, decidedAt, publicationOf, readDecided } from "./decisions.ts";
import { GrowingFile, makeTrustFolder, type TrustPaths, trustPaths } from "./files.ts";
import { learn } from "./learning.ts";
import { type MemoryLine, type ReadMemory, readMemory } from "./memory.ts";
import { recordKey } from "./statement.ts";

/** What {@linkcode openTrust} opens. */
export interface TrustOptions {
  /** The data folder. */
  readonly data: string;
  /** This data folder's device. */
  readonly device: Pick<Device, "id" | "record">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Refused objects that the log names. */
const MOST_NAMED = 100;

/**
 * Opens the trust of a data folder, for the one process that has it.
 *
 * @throws {TrustError} `trust/corrupt`, `trust/io`
 */
export async function openTrust(options: TrustOptions): Promise<FileTrust> {
  const paths = trustPaths(options.data);
  await makeTrustFolder(paths);
  const read = await readMemory(paths);
  const trust = new FileTrust(options, paths, read, await readDecided(paths));
  await trust.begin();
  return trust;
}

/** See the module's description. */
export class FileTrust implements Trust {
  readonly device: string;
  readonly #own: DeviceRecord;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #paths: TrustPaths;
  readonly #belief: Belief;
  readonly #file: GrowingFile;
  readonly #listeners = new Set<() => void>();
  #decidedAt = "";
  #refused = 0;

  /** Use {@linkcode openTrust}. */
  constructor(
    options: TrustOptions,
    paths: TrustPaths,
    { memory, end }: ReadMemory,
    decided: Decided,
  ) {
    this.device = options.device.id;
    this.#own = options.device.record;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#paths = paths;
    this.#belief = new Belief(memory, decided);
    this.#file = new GrowingFile(paths.devices, () => memory.lines(), end);
  }

  /** Notes this data folder's own device. */
  async begin(): Promise<void> {
    this.#decidedAt = await decidedAt(this.#paths);
    const { own, records } = this.#belief.memory;
    const lines: MemoryLine[] = [];
    if (!own.has(this.device)) lines.push(this.#belief.own(this.device));
    if (!records.has(this.device)) {
      const json = encodeDeviceRecord(this.#own);
      lines.push(...this.#belief.remember(this.#own, json, this.#clock.now()));
    }
    if (lines.length > 0) await this.#file.append(lines);
  }

  verdict(device: string, sender: Address, room: RoomId): Verdict {
    return this.#belief.verdict(device, sender, room);
  }

  keysOf(sender: Address): { readonly keys: readonly VerifyingKey[]; readonly claimed: boolean } {
    return this.#belief.keysOf(sender);
  }

  knows(key: string): boolean {
    return this.#belief.memory.knowsKey(key);
  }

  claimOf(device: string): Claim | undefined {
    return this.#belief.claimOf(device);
  }

  list(): readonly DeviceReport[] {
    return this.#belief.list();
  }

  trustedRecords(): readonly DeviceRecord[] {
    return this.#belief.trustedRecords();
  }

  async learn(key: string, bytes: Uint8Array): Promise<Learned> {
    const { lines, ...learned } = learn(this.#belief, key, bytes, this.#clock.now());
    if (learned.outcome === "refused") this.#tellRefused(key, learned);
    if (lines !== undefined) {
      this.#tell();
      await this.#file.append(lines);
    }
    return learned;
  }

  publications(): readonly Publication[] {
    const known = this.#belief.memory.records.get(this.device);
    const text = known?.json ?? encodeDeviceRecord(this.#own);
    const bytes = new TextEncoder().encode(`${text}\n`);
    return [
      { key: recordKey(this.device), bytes },
      ...this.#belief.decided.issued.map(publicationOf),
    ];
  }

  async refresh(): Promise<void> {
    const stamp = await decidedAt(this.#paths);
    if (stamp === this.#decidedAt) return;
    this.#belief.decide(await readDecided(this.#paths));
    this.#decidedAt = stamp;
    this.#tell();
  }

  async suspect(device: string): Promise<void> {
    const count = (this.#belief.memory.suspicions.get(device) ?? 0) + 1;
    const line = this.#belief.suspect(device, count, this.#clock.now());
    this.#logger.error("Device {device} told two stories: its key or its data was copied", {
      device,
    });
    this.#tell();
    await this.#file.append([line]);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Anybody can store what is refused: the log is not filled with it. */
  #tellRefused(key: string, { code, state }: Learned & { readonly outcome: "refused" }): void {
    this.#refused++;
    if (this.#refused <= MOST_NAMED) {
      this.#logger.warn("Refused {name} ({code}): {state}", { name: key, code, state });
    }
    if (this.#refused === MOST_NAMED) {
      this.#logger.warn("{most} objects of devices/ were refused: further ones are not named", {
        most: MOST_NAMED,
      });
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
