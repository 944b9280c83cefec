/**
 * What was seen of devices, and its form in `devices.jsonl`.
 *
 * @module
 */
import { parseDeviceRecord } from "../../../message/device.ts";
import type { Scope, SeenRecord } from "./facts.ts";
import { type Lines, readLines, type TrustPaths } from "./files.ts";
import {
  parseStatement,
  parseStatementKey,
  type Statement,
  statementKey,
  statementText,
} from "./statement.ts";

/** One line of the file. */
export type MemoryLine =
  | { readonly type: "own"; readonly device: string }
  | { readonly type: "record"; readonly json: string; readonly seenAt: number }
  | { readonly type: "pin"; readonly scope: Scope; readonly device: string }
  | { readonly type: "statement"; readonly json: string }
  | {
    readonly type: "suspicion";
    readonly device: string;
    readonly count: number;
    /** Of the last one, milliseconds since the epoch. */
    readonly at: number;
  };

/** See the module's description. */
export class Memory {
  readonly own = new Set<string>();
  readonly records = new Map<string, SeenRecord>();
  readonly pins = new Map<Scope, string>();
  readonly suspicions = new Map<string, number>();
  /** When a device was last found to have told two stories, milliseconds since the epoch. */
  readonly suspectedAt = new Map<string, number>();
  /** By their text. */
  readonly #statements = new Map<string, Statement>();
  /** Their names in a bucket. */
  readonly #keys = new Set<string>();
  /** Devices that statements are about. */
  readonly #mentioned = new Set<string>();

  /** How many statements are kept. */
  get statementCount(): number {
    return this.#statements.size;
  }

  statements(): Iterable<Statement> {
    return this.#statements.values();
  }

  knows(statement: Statement): boolean {
    return this.#statements.has(statementText(statement));
  }

  note(statement: Statement): void {
    this.#statements.set(statementText(statement), statement);
    this.#keys.add(statementKey(statement));
    this.#mentioned.add(statement.device).add(statement.by);
  }

  /** Whether what has this name in a bucket is known. */
  knowsKey(key: string): boolean {
    const name = parseStatementKey(key);
    return name?.kind === "record" ? this.records.has(name.device) : this.#keys.has(key);
  }

  /** Whether a statement is about a device, or by it. */
  isMentioned(device: string): boolean {
    return this.#mentioned.has(device);
  }

  /** The lines of the file. */
  *lines(): Generator<MemoryLine> {
    for (const device of this.own) yield { type: "own", device };
    for (const { json, seenAt } of this.records.values()) yield { type: "record", json, seenAt };
    for (const [scope, device] of this.pins) yield { type: "pin", scope, device };
    for (const json of this.#statements.keys()) yield { type: "statement", json };
    for (const [device, count] of this.suspicions) {
      yield { type: "suspicion", device, count, at: this.suspectedAt.get(device) ?? 0 };
    }
  }

  /** Takes over one line, whose values are trusted: lines are checksummed. */
  apply(line: MemoryLine): void {
    switch (line.type) {
      case "own":
        return void this.own.add(line.device);
      case "record": {
        const record = parseDeviceRecord(line.json);
        return void this.records.set(record.device, { ...line, record });
      }
      case "pin":
        return void this.pins.set(line.scope, line.device);
      case "statement":
        return this.note(parseStatement(line.json).statement);
      case "suspicion":
        this.suspectedAt.set(line.device, line.at);
        return void this.suspicions.set(line.device, line.count);
    }
  }
}

/** What was seen, and how its file ended. */
export interface ReadMemory {
  readonly memory: Memory;
  readonly end: Lines["end"];
}

/** Reads what was seen. @throws {TrustError} `trust/corrupt`, `trust/io` */
export async function readMemory({ devices }: TrustPaths): Promise<ReadMemory> {
  const memory = new Memory();
  const { values, end } = await readLines(devices);
  for (const line of values) memory.apply(line as MemoryLine);
  return { memory, end };
}
