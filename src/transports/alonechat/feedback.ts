/**
 * What users tell the operator, and the answers. One file of checksummed JSON lines: every line is a
 * feedback as it was after one change, the last line of an id counts. A line is on disk before its request is
 * answered.
 *
 * @module
 */
import { closeToOthers, removeIfThere, replaceFile, writeAll } from "../../files.ts";
import { decodeChecked, encodeChecked } from "../../checked_json.ts";
import type { Clock } from "../../clock.ts";
import { ChatnodeError } from "../../errors.ts";
import { getLogger } from "../../log.ts";

/** One feedback, in AloneChat's form. */
export interface Feedback {
  readonly id: string;
  readonly user: string;
  readonly content: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly status: string;
  readonly reply: string;
}

/** Bounds of what is kept. */
export const FEEDBACK_LIMITS = {
  /** Characters of one feedback, and of one reply. */
  content: 4_000,
  /** Characters of a status. */
  status: 40,
  /** Feedbacks of one user that nobody has answered. */
  pendingPerUser: 50,
  /** Feedbacks of all users together. */
  total: 10_000,
} as const;

/** What a feedback begins as. */
const PENDING = "pending";

/** Why a feedback was not taken. */
export type FeedbackErrorCode = "feedback/too-many" | "feedback/full" | "feedback/io";

/** A feedback that was not taken. */
export class FeedbackError extends ChatnodeError {
  override readonly name = "FeedbackError";
  declare readonly code: FeedbackErrorCode;
}

/** See the module's description. */
export class Feedbacks {
  readonly #path: string | undefined;
  readonly #clock: Clock;
  readonly #byId: Map<string, Feedback>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string | undefined, clock: Clock, byId: Map<string, Feedback>) {
    this.#path = path;
    this.#clock = clock;
    this.#byId = byId;
  }

  /**
   * Reads the file; without a path feedbacks live as long as the process. A torn last line is cut;
   * a file that is damaged otherwise is kept aside and what can be read goes on.
   */
  static async open(path: string | undefined, clock: Clock): Promise<Feedbacks> {
    return new Feedbacks(path, clock, path === undefined ? new Map() : await load(path));
  }

  /** Newest first; those of one user when `user` is given. */
  list(user?: string): readonly Feedback[] {
    return [...this.#byId.values()].filter((one) => user === undefined || one.user === user)
      .toReversed();
  }

  /**
   * Takes a feedback; resolves once it is on disk.
   *
   * @throws {FeedbackError}
   */
  async submit(user: string, content: string): Promise<Feedback> {
    const pending = this.list(user).filter(({ status }) => status === PENDING).length;
    if (pending >= FEEDBACK_LIMITS.pendingPerUser) {
      throw new FeedbackError(
        "feedback/too-many",
        `Cannot take the feedback: ${pending} of yours have no answer yet`,
      );
    }
    if (this.#byId.size >= FEEDBACK_LIMITS.total) {
      throw new FeedbackError("feedback/full", "Cannot take the feedback: the box is full");
    }
    const id = crypto.randomUUID();
    const timestamp = new Date(this.#clock.now()).toISOString();
    return await this.#keep({ id, user, content, timestamp, status: PENDING, reply: "" });
  }

  /**
   * Answers a feedback; undefined when there is none of that id.
   *
   * @throws {FeedbackError}
   */
  async answer(id: string, status: string, reply: string): Promise<Feedback | undefined> {
    const known = this.#byId.get(id);
    return known === undefined ? undefined : await this.#keep({ ...known, status, reply });
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  /** Writes first: what is shown is on disk. */
  async #keep(feedback: Feedback): Promise<Feedback> {
    const line = new TextEncoder().encode(encodeChecked(feedback));
    const written = this.#writing.then(() => this.#append(line));
    this.#writing = written.catch(() => {});
    await written;
    this.#byId.set(feedback.id, feedback);
    return feedback;
  }

  async #append(line: Uint8Array): Promise<void> {
    if (this.#path === undefined) return;
    const options = { append: true, create: true, mode: 0o600 };
    try {
      using file = await Deno.open(this.#path, options);
      const { size } = await file.stat();
      try {
        await writeAll(file, line);
        await file.syncData();
      } catch (error) {
        // Half a line would swallow the next one.
        await file.truncate(size).catch(() => {});
        throw error;
      }
    } catch (cause) {
      // Told to whoever sent it: the system's own message would name the file.
      const full = cause instanceof Error && "code" in cause && cause.code === "ENOSPC";
      const state = full ? "no space is left" : "the disk fails";
      throw new FeedbackError("feedback/io", `Cannot store the feedback: ${state}`, { cause });
    }
  }
}

async function load(path: string): Promise<Map<string, Feedback>> {
  const log = getLogger(["alonechat"]);
  const bytes = await readIfThere(path);
  if (bytes === undefined) return new Map();
  await closeToOthers(path, 0o600);
  const lines = new TextDecoder().decode(bytes).split("\n");
  const torn = lines.pop() !== "";
  const read = lines.map(decode);
  const good = read.filter((one) => one !== undefined);
  if (!torn && good.length === read.length) return new Map(good.map((one) => [one.id, one]));
  if (good.length < read.length) {
    const aside = `${path}.damaged`;
    await removeIfThere(aside);
    await Deno.rename(path, aside);
    log.warn("{count} lines of the feedback file are damaged: it was kept as {aside}", {
      count: read.length - good.length,
      aside,
    });
  } else log.warn("The last line of the feedback file was torn and is cut", { path });
  const text = good.map(encodeChecked).join("");
  await replaceFile(path, new TextEncoder().encode(text));
  return new Map(good.map((one) => [one.id, one]));
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function decode(line: string): Feedback | undefined {
  const value = decodeChecked(line);
  if (typeof value !== "object" || value === null) return undefined;
  const { id, user, content, timestamp, status, reply } = value as Readonly<
    Record<string, unknown>
  >;
  const texts = [id, user, content, timestamp, status, reply];
  if (!texts.every((text) => typeof text === "string")) return undefined;
  return { id, user, content, timestamp, status, reply } as Feedback;
}
