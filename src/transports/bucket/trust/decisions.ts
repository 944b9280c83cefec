/**
 * What people decide by hand, beside a running node or before the first start: whom to trust, which
 * keys belong to whom, and the statements that this node's device signs about others.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import type { Address } from "../../../message/event.ts";
import { VerifyingKey } from "../../../message/signature.ts";
import type { Publication } from "./contract.ts";
import type { Decision } from "./facts.ts";
import { holdLock, makeTrustFolder, readWhole, type TrustPaths, writeLines } from "./files.ts";
import {
  encodeStatement,
  parseStatement,
  type Statement,
  statementKey,
  statementText,
} from "./statement.ts";

/** What was decided. */
export interface Decided {
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Keys without a device, base64, by sender. */
  readonly bindings: ReadonlyMap<Address, ReadonlySet<string>>;
  /** Statements that were signed here. */
  readonly issued: readonly Statement[];
}

/** One line of the file. */
type Line =
  | { readonly type: "decision"; readonly device: string } & Decision
  | { readonly type: "binding"; readonly sender: Address; readonly key: string }
  | { readonly type: "issued"; readonly json: string };

/** What changes at once. */
export interface Change {
  readonly decide?: { readonly device: string } & Omit<Decision, "at">;
  readonly bind?: { readonly sender: Address; readonly key: string };
  readonly unbind?: { readonly sender: Address; readonly key: string };
  readonly issue?: readonly Statement[];
}

/** Reads what was decided. @throws {TrustError} `trust/corrupt`, `trust/io` */
export async function readDecided({ decisions: path }: TrustPaths): Promise<Decided> {
  return understood(await readWhole(path) as Line[]);
}

/** Tells whether the decisions are still the same; they are written whole. Rejects as `Deno.stat`. */
export async function decidedAt({ decisions: path }: TrustPaths): Promise<string> {
  try {
    const { mtime, size, ino } = await Deno.stat(path);
    return `${mtime?.getTime()} ${size} ${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/**
 * Changes what was decided; durable when it resolves.
 *
 * @throws {TrustError} `trust/corrupt`, `trust/io`, `trust/locked`
 * @throws {MessageError} `key/...` for a key that nobody can sign with
 */
export async function decide(paths: TrustPaths, clock: Clock, change: Change): Promise<Decided> {
  if (change.bind !== undefined) new VerifyingKey(change.bind.key);
  await makeTrustFolder(paths);
  return await holdLock(paths.lock, clock, async () => {
    const lines = changed(await readWhole(paths.decisions) as Line[], change, clock.now());
    await writeLines(paths.decisions, lines);
    return understood(lines);
  });
}

/** The objects that statements are in a bucket. */
export function publicationOf(statement: Statement): Publication {
  return { key: statementKey(statement), bytes: encodeStatement(statement) };
}

function changed(
  lines: readonly Line[],
  { decide, bind, unbind, issue }: Change,
  at: number,
): Line[] {
  const kept = lines.filter((line) =>
    !(line.type === "decision" && line.device === decide?.device) &&
    !(line.type === "binding" && [bind, unbind].some((each) => isSame(line, each)))
  );
  const added: Line[] = [];
  if (decide !== undefined) added.push({ type: "decision", ...decide, at });
  if (bind !== undefined) added.push({ type: "binding", ...bind });
  // What has a name already was said before: an object is never changed.
  const said = new Set(understood(lines).issued.map(statementKey));
  for (const statement of issue ?? []) {
    if (said.has(statementKey(statement))) continue;
    added.push({ type: "issued", json: statementText(statement) });
  }
  return [...kept, ...added];
}

function isSame(line: Line & { type: "binding" }, other: Change["bind"]): boolean {
  return line.sender === other?.sender && line.key === other.key;
}

function understood(lines: readonly Line[]): Decided {
  const decisions = new Map<string, Decision>();
  const bindings = new Map<Address, Set<string>>();
  const issued: Statement[] = [];
  for (const line of lines) {
    if (line.type === "decision") {
      const { device, decision, suspicions, at } = line;
      decisions.set(device, { decision, suspicions, at });
    } else if (line.type === "binding") {
      const keys = bindings.get(line.sender) ?? new Set();
      bindings.set(line.sender, keys.add(line.key));
    } else issued.push(parseStatement(line.json).statement);
  }
  return { decisions, bindings, issued };
}
