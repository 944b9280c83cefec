/**
 * What was seen of devices, and its form in `devices.jsonl`.
 *
 * @module
 */
import { parseDeviceRecord } from "../../../message/device.ts";
import type { Scope, SeenRecord } from "./facts.ts";
import { readLines, type TrustPaths } from "./files.ts";
import { parseStatement, type Statement, statementText } from "./statement.ts";

type Line =
  | { readonly type: "own"; readonly device: string }
  | { readonly type: "record"; readonly json: string; readonly seenAt: number }
  | { readonly type: "pin"; readonly scope: Scope; readonly device: string }
  | { readonly type: "statement"; readonly json: string }
  | { readonly type: "suspicion"; readonly device: string; readonly count: number };

/** See the module's description. */
export class Memory {
  readonly own = new Set<string>();
  readonly records = new Map<string, SeenRecord>();
  readonly pins = new Map<Scope, string>();
  readonly suspicions = new Map<string, number>();
  /** By their text. */
  readonly #statements = new Map<string, Statement>();

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
  }

  /** The lines of the file. */
  *lines(): Generator<Line> {
    for (const device of this.own) yield { type: "own", device };
    for (const { json, seenAt } of this.records.values()) yield { type: "record", json, seenAt };
    for (const [scope, device] of this.pins) yield { type: "pin", scope, device };
    for (const json of this.#statements.keys()) yield { type: "statement", json };
    for (const [device, count] of this.suspicions) yield { type: "suspicion", device, count };
  }

  /** Takes over one line, whose values are trusted: lines are checksummed. */
  apply(line: Line): void {
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
        return void this.suspicions.set(line.device, line.count);
    }
  }
}

/** Reads what was seen. @throws {TrustError} `trust/corrupt`, `trust/io` */
export async function readMemory({ devices }: TrustPaths): Promise<Memory> {
  const memory = new Memory();
  for (const line of await readLines(devices)) memory.apply(line as Line);
  return memory;
}
