/**
 * Trust on files: the contract over facts and standings.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { ChatnodeError } from "../../../errors.ts";
import type { Device } from "../../../history/keys.ts";
import type { Logger } from "../../../log.ts";
import {
  type DeviceRecord,
  encodeDeviceRecord,
  parseDeviceRecord,
} from "../../../message/device.ts";
import type { Address, RoomId } from "../../../message/event.ts";
import { VerifyingKey } from "../../../message/signature.ts";
import type {
  Claim,
  DeviceReport,
  Learned,
  Publication,
  Standing,
  Trust,
  Verdict,
} from "./contract.ts";
import { STATEMENT_BYTES } from "./contract.ts";
import { type Decided, publicationOf, readDecided } from "./decisions.ts";
import { type Facts, MOST_DEVICES, MOST_STATEMENTS, type Scope } from "./facts.ts";
import { GrowingFile, makeTrustFolder, type TrustPaths, trustPaths } from "./files.ts";
import { type Memory, type MemoryLine, type ReadMemory, readMemory } from "./memory.ts";
import { factsOf, reportsOf } from "./report.ts";
import { Standings } from "./standings.ts";
import { parseStatement, parseStatementKey, recordKey, statementText } from "./statement.ts";

/** What {@linkcode openTrust} opens. */
export interface TrustOptions {
  /** The data folder. */
  readonly data: string;
  /** This data folder's device. */
  readonly device: Pick<Device, "id" | "record">;
  readonly clock: Clock;
  readonly logger: Logger;
}

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
  readonly #memory: Memory;
  readonly #file: GrowingFile;
  readonly #keys = new Map<string, VerifyingKey>();
  readonly #listeners = new Set<() => void>();
  #decided: Decided;
  #decidedAt = "";
  #refused = 0;
  #standings: Standings;

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
    this.#memory = memory;
    this.#decided = decided;
    this.#file = new GrowingFile(paths.devices, () => memory.lines(), end);
    this.#standings = new Standings(this.#facts());
  }

  /** Notes this data folder's own device. */
  async begin(): Promise<void> {
    this.#decidedAt = await this.#stamp();
    const lines: MemoryLine[] = [];
    if (!this.#memory.own.has(this.device)) {
      this.#memory.own.add(this.device);
      lines.push({ type: "own", device: this.device });
    }
    if (!this.#memory.records.has(this.device)) {
      lines.push(...this.#remember(this.#own, encodeDeviceRecord(this.#own)).lines);
    }
    if (lines.length === 0) return;
    this.#standings = new Standings(this.#facts());
    await this.#file.append(lines);
  }

  verdict(device: string, sender: Address, room: RoomId): Verdict {
    const answer = this.#standings.answer(device, sender, room);
    if (answer !== "trusted") return { kind: answer };
    const seen = this.#memory.records.get(device);
    if (seen === undefined) return { kind: "unknown" };
    const extent = this.#standings.extent(device);
    const key = this.#key(seen.record.public_key);
    return { kind: "trusted", key, ...(extent === undefined ? {} : { extent }) };
  }

  keysOf(sender: Address): { readonly keys: readonly VerifyingKey[]; readonly claimed: boolean } {
    const bound = this.#decided.bindings.get(sender) ?? [];
    const keys = Array.from(bound, (key) => this.#key(key));
    return { keys, claimed: this.#standings.isClaimed(sender) };
  }

  async learn(key: string, bytes: Uint8Array): Promise<Learned> {
    const { lines, ...learned } = this.#learn(key, bytes);
    if (learned.outcome === "refused") {
      this.#tellRefused(key, learned);
    }
    if (lines !== undefined) {
      this.#tell();
      await this.#file.append(lines);
    }
    return learned;
  }

  publications(): readonly Publication[] {
    const text = this.#memory.records.get(this.device)?.json ?? encodeDeviceRecord(this.#own);
    const bytes = new TextEncoder().encode(`${text}\n`);
    return [
      { key: recordKey(this.device), bytes },
      ...this.#decided.issued.map(publicationOf),
    ];
  }

  knows(key: string): boolean {
    return this.#memory.knowsKey(key);
  }

  claimOf(device: string): Claim | undefined {
    if (!this.#memory.records.has(device)) return undefined;
    const party = this.#standings.heldBy(device);
    const standing = this.#standings.standing(device);
    return { standing, ...(party === undefined ? {} : { party }) };
  }

  list(): readonly DeviceReport[] {
    return reportsOf(this.#facts(), this.#standings);
  }

  trustedRecords(): readonly DeviceRecord[] {
    return Array.from(this.#memory.records.values(), ({ record }) => record).filter(({ device }) =>
      TRUSTED.includes(this.#standings.standing(device))
    );
  }

  async refresh(): Promise<void> {
    const stamp = await this.#stamp();
    if (stamp === this.#decidedAt) return;
    this.#decided = await readDecided(this.#paths);
    this.#decidedAt = stamp;
    this.#changed();
  }

  async suspect(device: string): Promise<void> {
    const count = (this.#memory.suspicions.get(device) ?? 0) + 1;
    const line: MemoryLine = { type: "suspicion", device, count, at: this.#clock.now() };
    this.#memory.apply(line);
    this.#logger.error("Device {device} told two stories: its key or its data was copied", {
      device,
    });
    this.#changed();
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
      this.#logger.warn("Refused {key} ({code}): {state}", { key, code, state });
    }
    if (this.#refused === MOST_NAMED) {
      this.#logger.warn("{most} objects of devices/ were refused: further ones are not named", {
        most: MOST_NAMED,
      });
    }
  }

  #learn(key: string, bytes: Uint8Array): Learning {
    const name = parseStatementKey(key);
    if (name === undefined) return refused("trust/key", "it is no name of such an object");
    if (bytes.length > STATEMENT_BYTES) return refused("trust/form", "it is too large");
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
      if (name.kind === "record") return this.#learnRecord(name.device, text);
      return this.#learnStatement(name, text);
    } catch (error) {
      if (error instanceof ChatnodeError) return refused(error.code, error.message);
      if (error instanceof TypeError) return refused("trust/form", "it is not UTF-8");
      throw error;
    }
  }

  #learnRecord(device: string, text: string): Learning {
    const record = parseDeviceRecord(text);
    if (record.device !== device) {
      return refused("trust/substituted", "it is the record of another device");
    }
    const known = this.#memory.records.get(device);
    if (known !== undefined) {
      const isSame = known.json === text ||
        encodeDeviceRecord(known.record) === encodeDeviceRecord(record);
      return isSame
        ? { outcome: "known" }
        : refused("trust/substituted", "it is not the record that was there before");
    }
    if (this.#memory.records.size >= MOST_DEVICES) return refused("trust/full", FULL);
    const { lines, pinned } = this.#remember(record, text);
    const isPlain = !this.#memory.isMentioned(device) && !this.#decided.decisions.has(device) &&
      !this.#decided.issued.some((each) => each.device === device);
    if (isPlain) this.#standings.pin(device, pinned);
    else this.#standings = new Standings(this.#facts());
    return { outcome: "new", lines };
  }

  /** Pins whatever nobody speaks for; what has to be written of it. */
  #remember(
    record: DeviceRecord,
    json: string,
  ): { readonly lines: MemoryLine[]; readonly pinned: readonly Scope[] } {
    const { records, pins } = this.#memory;
    const { device } = record;
    const seenAt = this.#clock.now();
    records.set(device, { record, json, seenAt });
    const isDistrusted = this.#decided.decisions.get(device)?.decision === "distrust";
    const pinned = isDistrusted ? [] : this.#standings.free(record);
    for (const scope of pinned) pins.set(scope, device);
    const lines = pinned.map((scope): MemoryLine => ({ type: "pin", scope, device }));
    return { lines: [{ type: "record", json, seenAt }, ...lines], pinned };
  }

  #learnStatement(
    name: { readonly kind: string; readonly device: string; readonly by: string },
    text: string,
  ): Learning {
    const { statement, canonical } = parseStatement(text);
    const { kind, device, by } = statement;
    if (kind !== name.kind || device !== name.device || by !== name.by) {
      return refused("trust/substituted", "it says something else than its name");
    }
    const signer = this.#memory.records.get(by);
    if (signer === undefined) return { outcome: "unknown-signer", signer: by };
    if (!this.#key(signer.record.public_key).verify(canonical, statement.signature)) {
      return refused("trust/signature", "its signature does not fit");
    }
    const about = this.#memory.records.get(device)?.record.public_key;
    if (kind === "endorsement" && about !== undefined && about !== statement.public_key) {
      return refused("trust/substituted", "it endorses another key of the same id");
    }
    if (this.#memory.knows(statement)) return { outcome: "known" };
    if (this.#memory.statementCount >= MOST_STATEMENTS) return refused("trust/full", FULL);
    this.#memory.note(statement);
    this.#standings = new Standings(this.#facts());
    return { outcome: "new", lines: [{ type: "statement", json: statementText(statement) }] };
  }

  #changed(): void {
    this.#standings = new Standings(this.#facts());
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #facts(): Facts {
    return factsOf(this.#memory, this.#decided);
  }

  #key(publicKey: string): VerifyingKey {
    const key = this.#keys.get(publicKey) ?? new VerifyingKey(publicKey);
    this.#keys.set(publicKey, key);
    return key;
  }

  /** Changes whenever the decisions do. */
  async #stamp(): Promise<string> {
    try {
      const { mtime, size, ino } = await Deno.stat(this.#paths.decisions);
      return `${mtime?.getTime()} ${size} ${ino}`;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  }
}

/** What was learnt, and what has to be written of it. */
type Learning = Learned & { readonly lines?: readonly MemoryLine[] };

/** Standings of devices whose events count, as far as they do. */
const TRUSTED: readonly Standing[] = ["own", "pinned", "endorsed", "trusted", "revoked"];

/** Refused objects that the log names. */
const MOST_NAMED = 100;

const FULL = "more is known than is kept";

function refused(code: string, state: string): Learned {
  return { outcome: "refused", code, state };
}
