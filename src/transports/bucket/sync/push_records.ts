/**
 * What the state of pushing is made of, one line of its file a change.
 *
 * @module
 */
import type { OwnRange } from "../../../history/own_lines.ts";
import type { RoomId } from "../../../message/event.ts";
import type { HeadEntry } from "./head.ts";

/** An object that is to be stored. The same range gives the same bytes at any time. */
export interface PlannedObject extends OwnRange {
  /** Grows from one to the next. */
  readonly id: number;
  readonly key: string;
  /** Events in it. */
  readonly count: number;
  /** Bytes. */
  readonly size: number;
  /** base64. */
  readonly sha256: string;
}

/** What a head says of its writer. */
export interface Told {
  readonly version: number;
  readonly count: number;
  /** Stands for the versions of others' heads that it says were taken in. */
  readonly seen?: string;
  /** By room, where the events end that it carries itself; absent when all are in files. */
  readonly open?: readonly (readonly [RoomId, number])[];
}

/** Files that became one. */
export interface MergedFiles {
  /** The key of the new one. */
  readonly into: string;
  /** The keys of the others. */
  readonly old: readonly string[];
  /** Of the first head that tells of it. */
  readonly version: number;
}

/** What became of a planned object. */
export type Settlement =
  | "stored"
  /** The bucket holds other bytes under its name. */
  | "conflict"
  /** Its events are no longer in the history. */
  | "changed";

/** One line of the state's file. */
export type PushRecord =
  /** Begins a new state. */
  | {
    readonly type: "push";
    readonly version: 1;
    /** Of the history whose offsets these are. */
    readonly epoch: string;
    readonly device: string;
  }
  | { readonly type: "planned"; readonly objects: readonly PlannedObject[] }
  | { readonly type: "settled"; readonly id: number; readonly as: Settlement }
  /** An object that was stored and not planned: a statement, a file that was found again. */
  | { readonly type: "announced"; readonly object: Omit<HeadEntry, "number"> }
  /** A head is about to be written. */
  | ({ readonly type: "telling" } & Told)
  /** It was. */
  | ({ readonly type: "head" } & Told)
  | { readonly type: "cursors"; readonly rooms: readonly (readonly [RoomId, number])[] }
  | { readonly type: "described"; readonly rooms: readonly RoomId[] }
  | ({ readonly type: "merged" } & MergedFiles)
  /** Old files are removed. */
  | { readonly type: "swept"; readonly into: string }
  /** So much time has passed while somebody looked, milliseconds. */
  | { readonly type: "observed"; readonly ms: number }
  /** What the bucket held before was looked at. */
  | { readonly type: "ready" }
  | {
    readonly type: "stored";
    readonly count: number;
    readonly recent: readonly HeadEntry[];
    readonly announced: readonly string[];
    readonly nextId: number;
  };
