/**
 * What was not accepted, with the lines that show why: one file an object in
 * `<data>/sync/<bucket>/quarantine/`, and an index. Bounded: when it is full only counts go on, and
 * the first evidence stays, since whoever floods it came later.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { makePrivateFolder, removeIfThere, replaceFile } from "../../../files.ts";
import type { Clock } from "../../../clock.ts";
import type { Logger } from "../../../log.ts";
import {
  type Announced,
  type FaultCode,
  FAULTS,
  type HeldObject,
  type ObjectFault,
  type Quarantine,
  type QuarantineCount,
  type VerifiedObject,
} from "./contract.ts";
import { KeyedLog } from "./keyed_log.ts";

/** Objects of which something is kept. */
export const MOST_OBJECTS = 10_000;
/** UTF-16 units of evidence of one object, and bytes of everything. */
const OBJECT_EVIDENCE = 1024 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;
/** Writers whose further faults are counted once that is full. */
const MOST_WRITERS = 1_000;
/** Objects beyond that, of which it is remembered that they were counted. */
const MOST_COUNTED = 10_000;
/** Writers and what is wrong with their objects, as the log names it in one run. */
const MOST_REPORTED = 200;
/** Writers and codes that are counted apart. */
const MOST_COUNTS = 10_000;

/** What the index says of an object. */
interface Entry {
  readonly key: string;
  readonly writer: string;
  /** Faults by code. */
  readonly faults: Readonly<Record<string, number>>;
  readonly held: boolean;
  /** Not told by earlier versions. */
  readonly doubts?: VerifiedObject["doubts"];
  readonly spoilt?: Announced;
  /** Bytes of its evidence; 0 when none is kept. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What {@linkcode openQuarantine} takes. */
export interface QuarantineOptions {
  /** `<data>/sync/<bucket>`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: {@linkcode MOST_OBJECTS}. */
  readonly mostObjects?: number;
}

/** Opens the quarantine of a bucket. Rejects with what the disk threw. */
export async function openQuarantine(options: QuarantineOptions): Promise<Quarantine> {
  const folder = join(options.folder, "quarantine");
  await makePrivateFolder(folder);
  const index = await KeyedLog.open<Entry>(join(folder, "index.jsonl"));
  return new FileQuarantine({ ...options, folder }, index);
}

/** Reads the counts of a quarantine beside the process that writes it; none when there is none. */
export async function readQuarantineCounts(folder: string): Promise<readonly QuarantineCount[]> {
  const path = join(folder, "quarantine", "index.jsonl");
  return countsOf(await KeyedLog.read<Entry>(path));
}

class FileQuarantine implements Quarantine {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #index: KeyedLog<Entry>;
  readonly #most: number;
  /** Objects that are only counted, so that each is once. */
  readonly #counted = new Set<string>();
  readonly #reported = new Set<string>();
  #bytes = 0;

  constructor(options: QuarantineOptions, index: KeyedLog<Entry>) {
    const { folder, clock, logger, mostObjects = MOST_OBJECTS } = options;
    this.#folder = folder;
    this.#most = mostObjects;
    this.#clock = clock;
    this.#logger = logger;
    this.#index = index;
    for (const [, { bytes }] of index.entries()) this.#bytes += bytes;
  }

  async keep(object: VerifiedObject): Promise<number> {
    const name = nameOf(object.key);
    const known = this.#index.get(name);
    const faults = object.faults.filter(({ effect }) => effect !== "told");
    const counted = refusals(object);
    if (Object.keys(counted).length === 0) {
      if (known !== undefined) await this.#release(name, known);
      return 0;
    }
    if (known === undefined && this.#index.size >= this.#most) {
      return await this.#countOnly(name, object, counted);
    }
    if (known === undefined) this.#report(object, counted);
    const bytes = await this.#write(name, object, faults, known?.bytes ?? 0);
    this.#bytes += bytes - (known?.bytes ?? 0);
    const { key, writer, held, doubts, spoilt } = object;
    const at = this.#clock.now();
    this.#index.set(name, {
      ...{ key, writer, faults: counted, held, doubts, bytes, at },
      ...(spoilt === undefined ? {} : { spoilt }),
    });
    await this.#index.save();
    return Math.max(0, sum(counted) - sum(known?.faults ?? {}));
  }

  held(): readonly HeldObject[] {
    return Array.from(this.#index.entries(), ([, entry]) => entry)
      .filter(({ held, spoilt }) => held || spoilt !== undefined)
      .map(({ key, doubts = "any", spoilt }) => {
        return { key, doubts, ...(spoilt === undefined ? {} : { spoilt }) };
      });
  }

  counts(): readonly QuarantineCount[] {
    return countsOf(this.#index.entries());
  }

  /** Of what there is no room for only numbers are kept, by writer. */
  async #countOnly(
    name: string,
    object: VerifiedObject,
    counted: Readonly<Record<string, number>>,
  ): Promise<number> {
    if (this.#counted.has(name)) return 0;
    if (this.#counted.size < MOST_COUNTED) this.#counted.add(name);
    this.#report(object, counted);
    await this.#count(object.writer, counted);
    return sum(counted);
  }

  async #count(writer: string, counted: Readonly<Record<string, number>>): Promise<void> {
    const name = `more ${writer}`;
    const known = this.#index.get(name);
    if (known === undefined && this.#index.size >= this.#most + MOST_WRITERS) return;
    const faults: Record<string, number> = { ...known?.faults };
    for (const [code, count] of Object.entries(counted)) faults[code] = (faults[code] ?? 0) + count;
    const at = this.#clock.now();
    this.#index.set(name, { key: "", writer, faults, held: false, bytes: 0, at });
    await this.#index.save();
  }

  /** Everything of it was accepted in the end. */
  async #release(name: string, { bytes }: Entry): Promise<void> {
    await removeIfThere(join(this.#folder, `${name}.json`));
    this.#bytes -= bytes;
    this.#index.delete(name);
    await this.#index.save();
  }

  async #write(
    name: string,
    { key, writer, faultCount }: VerifiedObject,
    faults: readonly ObjectFault[],
    before: number,
  ): Promise<number> {
    const evidence = { key, writer, faultCount, at: this.#clock.now(), faults: bounded(faults) };
    const bytes = new TextEncoder().encode(`${JSON.stringify(evidence, null, 1)}\n`);
    if (this.#bytes - before + bytes.length > MOST_BYTES) return before;
    await replaceFile(join(this.#folder, `${name}.json`), bytes);
    return bytes.length;
  }

  /** Once for each writer and what is wrong: thousands of files may wait for one device. */
  #report({ key, writer }: VerifiedObject, counted: Readonly<Record<string, number>>): void {
    const codes = Object.keys(counted).join(", ");
    const name = `${writer} ${codes}`;
    if (this.#reported.has(name) || this.#reported.size >= MOST_REPORTED) return;
    this.#reported.add(name);
    this.#logger.warn("Not accepted of {writer}: {codes}, first in {name}", {
      ...{ writer, codes, name: key },
    });
  }
}

/** No part of a key becomes a path. */
function nameOf(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 32);
}

/** How often each fault was found that is more than told. */
function refusals({ counts }: VerifiedObject): Record<string, number> {
  const codes = Object.keys(counts) as FaultCode[];
  return Object.fromEntries(
    codes.filter((code) => FAULTS[code].effect !== "told").map((code) => [code, counts[code] ?? 0]),
  );
}

function sum(counted: Readonly<Record<string, number>>): number {
  return Object.values(counted).reduce((total, count) => total + count, 0);
}

/** The faults with evidence as long as there is room for it. */
function bounded(faults: readonly ObjectFault[]): ObjectFault[] {
  let left = OBJECT_EVIDENCE;
  return faults.map((fault) => {
    const evidence = fault.evidence.map((each) => each.slice(0, Math.max(0, left)));
    for (const { length } of evidence) left -= length;
    return { ...fault, evidence };
  });
}

function countsOf(entries: Iterable<[string, Entry]>): QuarantineCount[] {
  const counts = new Map<string, QuarantineCount>();
  for (const [, { writer, faults, at }] of entries) {
    for (const [code, count] of Object.entries(faults)) {
      const name = `${writer}\n${code}`;
      const known = counts.get(name);
      if (known === undefined && counts.size >= MOST_COUNTS) continue;
      counts.set(name, {
        writer,
        code: code as FaultCode,
        count: (known?.count ?? 0) + count,
        last: Math.max(known?.last ?? 0, at),
      });
    }
  }
  return Array.from(counts.values());
}
