/**
 * What a sync tells about itself.
 *
 * @module
 */
import type { RequestCounts } from "./counted.ts";
import type { HeadFault } from "./writers.ts";

/** What was pushed and pulled since the start. */
export interface SyncCounts {
  /** `flushes` are those that put something into the bucket; `objects` and `events` are of files. */
  readonly pushed: { flushes: number; objects: number; events: number; bytes: number };
  readonly pulled: {
    objects: number;
    events: number;
    /** Lines, or whole files, that were refused or are held: each once, however often it is seen. */
    faults: number;
  };
}

/** See the module's description. */
export interface SyncStatus {
  /** Without secrets. */
  readonly bucket: string;
  /** `failing`: the last attempt of a task failed; it is tried again. */
  readonly state: "working" | "failing";
  readonly failure?: {
    readonly task: "push" | "pull";
    /** Stable. */
    readonly code: string;
    readonly message: string;
  };
  readonly pushed: Readonly<SyncCounts["pushed"]>;
  readonly pulled: Readonly<SyncCounts["pulled"]>;
  /** Files that wait for another attempt. */
  readonly waiting: number;
  /** Files of which something waits: for trust in a device, or for its time. */
  readonly held: number;
  /** Files that cannot be had. */
  readonly lost: number;
  /** Names of ours that hold other bytes in the bucket. */
  readonly conflicts: number;
  readonly headFaults: readonly { readonly device: string; readonly fault: HeadFault }[];
  readonly requests: RequestCounts;
  /** Milliseconds since the last one that succeeded; absent before the first. */
  readonly sincePush: number | undefined;
  readonly sincePull: number | undefined;
}
