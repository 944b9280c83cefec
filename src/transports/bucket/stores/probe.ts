/**
 * Finds out what a store honours by trying it: servers that speak the same protocol differ, and one
 * that ignores a condition says nothing about it. One small object, `probe.json`, is left behind; it
 * is used again the next time.
 *
 * @module
 */
import type { Bucket, BucketAbilities, CallOptions } from "./contract.ts";
import { BucketError } from "./errors.ts";

/** The object that is written. */
export const PROBE_KEY = "probe.json";

/** What an implementation knows beyond its contract. */
export interface Telling {
  /** Peculiarities that have shown by now, each a few words for people. */
  notes?(): readonly string[];
  /** Whether the store keeps what is deleted or overwritten, by its own rule. */
  keepsEverything?(options?: CallOptions): Promise<boolean>;
}

/** What a probe has found. */
export interface Probe {
  readonly abilities: BucketAbilities;
  /** Whether anything can be stored at all. */
  readonly writable: boolean;
  /** All of it on one line, for the log. */
  readonly line: string;
}

/** Others may probe at the same time: their writes come between ours. */
const TRIES = 4;

/**
 * Probes `bucket`.
 *
 * @param uuid makes the contents differ
 * @throws {BucketError} when it cannot even be read, or the store fails
 */
export async function probeBucket(
  bucket: Bucket & Telling,
  uuid: () => string,
  options: CallOptions = {},
): Promise<Probe> {
  const content = () =>
    new TextEncoder().encode(`${JSON.stringify({ chatnode: "probe", id: uuid() })}\n`);
  const subject: Subject = { bucket, content, options };
  const absent = await tryAbsent(subject);
  if (absent === "denied") {
    // Not to be able to read either is a failure, not a trait.
    await bucket.list({ ...options, prefix: "", limit: 1 });
    const abilities = { putIfAbsent: false, putIfMatch: false, delete: false };
    return { abilities, writable: false, line: `${bucket.url}: can be read, not written` };
  }
  const match = await tryMatch(subject);
  const keeps = await bucket.keepsEverything?.(options) ?? false;
  const remove = keeps ? "kept" : await tryDelete(subject);
  const abilities = {
    putIfAbsent: absent === "honoured",
    putIfMatch: match === "honoured",
    delete: remove === "honoured",
  };
  const line = [
    WORDS.absent[absent],
    WORDS.match[match],
    WORDS.delete[remove],
    ...bucket.notes?.() ?? [],
  ].join(", ");
  return { abilities, writable: true, line: `${bucket.url}: ${line}` };
}

type Found = "honoured" | "ignored" | "denied";

const WORDS = {
  absent: {
    honoured: "never overwrites by mistake",
    ignored: "DOES NOT refuse to overwrite",
    denied: "",
  },
  match: {
    honoured: "replaces by comparison",
    ignored: "cannot replace by comparison",
    denied: "does not let objects be replaced",
  },
  delete: {
    honoured: "can delete",
    ignored: "cannot delete",
    denied: "does not let objects be deleted",
    kept: "keeps everything (object lock)",
  },
} as const;

interface Subject {
  readonly bucket: Bucket;
  readonly content: () => Uint8Array<ArrayBuffer>;
  readonly options: CallOptions;
}

async function tryAbsent({ bucket, content, options }: Subject): Promise<Found> {
  return await found(async () => {
    const put = () =>
      bucket.put(PROBE_KEY, content(), { ...options, condition: { kind: "absent" } });
    await put();
    const again = await put();
    return again.outcome === "refused" && await bucket.head(PROBE_KEY, options) !== undefined
      ? "honoured"
      : "ignored";
  });
}

async function tryMatch({ bucket, content, options }: Subject): Promise<Found> {
  return await found(async () => {
    const put = (etag: string) =>
      bucket.put(PROBE_KEY, content(), { ...options, condition: { kind: "match", etag } });
    for (let made = 0; made < TRIES; made++) {
      const before = (await bucket.head(PROBE_KEY, options))?.etag;
      if (before === undefined) {
        await bucket.put(PROBE_KEY, content(), options);
        continue;
      }
      if ((await put(before)).outcome === "refused") continue;
      // Now it is another one: a store that compares says no.
      return (await put(before)).outcome === "refused" ? "honoured" : "ignored";
    }
    return "ignored";
  });
}

/** On a key that is never there: nothing is lost where it works. */
async function tryDelete({ bucket, options }: Subject): Promise<Found> {
  return await found(async () => {
    await bucket.delete(`${PROBE_KEY}.none`, options);
    return "honoured";
  });
}

async function found(attempt: () => Promise<Found>): Promise<Found> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof BucketError) {
      if (error.code === "bucket/forbidden") return "denied";
      if (error.code === "bucket/unsupported") return "ignored";
    }
    throw error;
  }
}
