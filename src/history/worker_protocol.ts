/**
 * What the store and its worker say to each other. One worker thread does everything that would
 * hold the event loop up: signing, writing segments, and whatever a search index needs.
 *
 * @module
 */
import type { ChainAnchor } from "./catalog_state.ts";
import type { BuildProgress } from "./index_building.ts";
import type { IndexCall, StepCall } from "./index_host.ts";
import type { IndexStep } from "./index_service.ts";
import type { FoundPage } from "./index_search.ts";
import type { ChainEndsTask } from "./retention_anchors.ts";
import type { MergeTask } from "./merging.ts";
import type { SealedFile, SealTask } from "./sealing.ts";
import type { SegmentInfo } from "./segments.ts";

/** A call's argument, answer and reports on the way; all are cloned between threads. */
export interface Call<Task, Result, Progress = never> {
  readonly task: Task;
  readonly result: Result;
  readonly progress: Progress;
}

/** Every call the worker answers, by name. */
export interface WorkerCalls {
  readonly seal: Call<SealTask, SealedFile>;
  readonly merge: Call<MergeTask, SegmentInfo>;
  readonly chainEnds: Call<ChainEndsTask, readonly ChainAnchor[]>;
  readonly indexStep: Call<StepCall, IndexStep, BuildProgress>;
  readonly indexSearch: Call<IndexCall<"search">, FoundPage>;
  readonly indexRefresh: Call<IndexCall<"refresh">, void>;
  readonly indexSettle: Call<IndexCall<"settle">, void>;
  readonly indexForget: Call<IndexCall<"forget">, void>;
  readonly indexReset: Call<IndexCall<"reset">, void>;
  readonly indexClose: Call<void, void>;
}

/** The name of a call. */
export type CallName = keyof WorkerCalls;

/** Store to worker: a call, or the wish to end one. Answers may come in any order. */
export type WorkerRequest =
  | {
    readonly id: number;
    readonly call: CallName;
    readonly task: WorkerCalls[CallName]["task"];
  }
  | { readonly id: number; readonly cancel: true };

/** Worker to store: reports, perhaps, and then one answer. */
export type WorkerReply =
  | { readonly id: number; readonly progress: unknown }
  | { readonly id: number; readonly result: unknown }
  /** `code` is that of a `HistoryError`, or of the operating system, or absent. */
  | { readonly id: number; readonly failure: WorkerFailure };

/** An error that crossed the thread. */
export interface WorkerFailure {
  readonly code: string | undefined;
  readonly message: string;
}

/** What a handler has beside its task. */
export interface CallContext<Name extends CallName> {
  /** Aborted when nobody waits for the answer any more; the call then ends as soon as it can. */
  readonly signal: AbortSignal;
  /** Lets other calls work. @throws the signal's reason when it is aborted */
  readonly breathe: () => Promise<void>;
  /** Tells how far the call has come. */
  readonly report: (progress: WorkerCalls[Name]["progress"]) => void;
}

/** Answers one call. */
export type Handler<Name extends CallName> = (
  task: WorkerCalls[Name]["task"],
  context: CallContext<Name>,
) => Promise<WorkerCalls[Name]["result"]>;

/** A handler for every call. */
export type Handlers = { readonly [Name in CallName]: Handler<Name> };
