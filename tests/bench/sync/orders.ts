/**
 * What the part `sync` asks of its program, one order a process, and what it gets back.
 *
 * @module
 */

/** Makes a history of messages, all of one day, sealed. */
export interface FillOrder {
  readonly work: "fill";
  readonly data: string;
  readonly node: string;
  readonly events: number;
  readonly rooms: number;
}

/** Brings a history into an empty bucket, or what a bucket holds into an empty history. */
export interface SyncOrder {
  readonly work: "push" | "pull";
  readonly data: string;
  readonly node: string;
  readonly bucket: string;
  readonly events: number;
}

/** Copies the objects of one bucket into another, bare, and reads them there. */
export interface RawOrder {
  readonly work: "raw";
  readonly from: string;
  readonly to: string;
}

/** Verifies what is in a bucket, from memory, with the keys that are trusted in `data`. */
export interface VerifyOrder {
  readonly work: "verify";
  readonly data: string;
  readonly bucket: string;
}

/** Counts what is asked of buckets in `folder` in a stretch of time. */
export interface WatchOrder {
  readonly work: "watch";
  readonly folder: string;
  readonly seconds: number;
}

/** One of them. */
export type Order = FillOrder | SyncOrder | RawOrder | VerifyOrder | WatchOrder;

/** How long something took. */
export interface Timed {
  readonly seconds: number;
}

/** What bare requests took. */
export interface RawTimes {
  readonly putSeconds: number;
  readonly getSeconds: number;
  readonly objects: number;
  readonly bytes: number;
}

/** Events verified a second, by how their signatures are checked. */
export interface VerifyRates {
  readonly each: number;
  readonly "chain-ends": number;
}

/** Requests of one node, by class. */
export interface Asked {
  readonly put: number;
  /** Conditional ones that found nothing new are among them. */
  readonly get: number;
  readonly head: number;
  readonly list: number;
  readonly delete: number;
}

/** What nodes asked in the stretch. */
export interface Watched {
  /** Of a watcher with one other writer. */
  readonly idleOne: Asked;
  /** Of a watcher with five other writers. */
  readonly idleFive: Asked;
  /** Of its daily look at everything. */
  readonly scan: Asked;
  /** Of one of two writers in a busy room. */
  readonly busy: Asked;
  /** How often that one sent what had gathered. */
  readonly flushes: number;
  /** Messages that each of the two wrote. */
  readonly said: number;
  /** Bytes of those in message files. */
  readonly bytes: number;
}

/** Milliseconds between two looks, and for which messages gather: the default setting. */
export const INTERVAL_MS = 5_000;
/** Requests that are under way at a time, as many as a sync has. */
export const LANES = 8;
