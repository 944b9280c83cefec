/**
 * Takes in one object from `devices/`: what it says is believed only as far as its name, its form,
 * its signature and what was known before allow.
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";
import { encodeDeviceRecord, parseDeviceRecord } from "../../../message/device.ts";
import type { Belief } from "./belief.ts";
import { type Learned, STATEMENT_BYTES } from "./contract.ts";
import { MOST_DEVICES, MOST_STATEMENTS } from "./facts.ts";
import type { MemoryLine } from "./memory.ts";
import {
  parseStatement,
  parseStatementKey,
  type StatementKey,
  statementText,
} from "./statement.ts";

/** What was learnt, and what has to be written of it. */
export type Learning = Learned & { readonly lines?: readonly MemoryLine[] };

const FULL = "more is known than is kept";

/**
 * Takes an object in.
 *
 * @param now milliseconds since the epoch
 */
export function learn(belief: Belief, key: string, bytes: Uint8Array, now: number): Learning {
  const name = parseStatementKey(key);
  if (name === undefined) return refused("trust/key", "it is no name of such an object");
  if (bytes.length > STATEMENT_BYTES) return refused("trust/form", "it is too large");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
    if (name.kind === "record") return learnRecord(belief, name.device, text, now);
    return learnStatement(belief, name, text);
  } catch (error) {
    if (error instanceof ChatnodeError) return refused(error.code, error.message);
    if (error instanceof TypeError) return refused("trust/form", "it is not UTF-8");
    throw error;
  }
}

function learnRecord(belief: Belief, device: string, text: string, now: number): Learning {
  const record = parseDeviceRecord(text);
  if (record.device !== device) {
    return refused("trust/substituted", "it is the record of another device");
  }
  const { records } = belief.memory;
  const known = records.get(device);
  if (known !== undefined) {
    const isSame = known.json === text ||
      encodeDeviceRecord(known.record) === encodeDeviceRecord(record);
    return isSame
      ? { outcome: "known" }
      : refused("trust/substituted", "it is not the record that was there before");
  }
  if (records.size >= MOST_DEVICES) return refused("trust/full", FULL);
  return { outcome: "new", lines: belief.remember(record, text, now) };
}

function learnStatement(
  belief: Belief,
  name: StatementKey & { readonly by: string },
  text: string,
): Learning {
  const { memory } = belief;
  const { statement, canonical } = parseStatement(text);
  const { kind, device, by } = statement;
  if (kind !== name.kind || device !== name.device || by !== name.by) {
    return refused("trust/substituted", "it says something else than its name");
  }
  const signer = memory.records.get(by);
  if (signer === undefined) return { outcome: "unknown-signer", signer: by };
  if (!belief.keyOf(signer.record.public_key).verify(canonical, statement.signature)) {
    return refused("trust/signature", "its signature does not fit");
  }
  const about = memory.records.get(device)?.record.public_key;
  if (kind === "endorsement" && about !== undefined && about !== statement.public_key) {
    return refused("trust/substituted", "it endorses another key of the same id");
  }
  if (memory.knows(statement)) return { outcome: "known" };
  if (memory.statementCount >= MOST_STATEMENTS) return refused("trust/full", FULL);
  belief.note(statement);
  return { outcome: "new", lines: [{ type: "statement", json: statementText(statement) }] };
}

function refused(code: string, state: string): Learned {
  return { outcome: "refused", code, state };
}
