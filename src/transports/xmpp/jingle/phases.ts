/**
 * How far a transfer is, and what may come next; the same for both sides of it. Whatever stands not
 * in the table is out of order, whoever says it.
 *
 * @module
 */

/** See the module's description. */
export type Phase =
  /** A file is offered; nobody has said yes. */
  | "offered"
  /** Yes, over another transport than was offered. */
  | "replacing"
  /** Yes; the stream of bytes is not open. */
  | "agreed"
  /** Bytes flow. */
  | "flowing"
  /** All bytes are there, and have to be what was said of them. */
  | "checking"
  /** Ended, well or not. */
  | "over";

/** What happens to a transfer. */
export type Step =
  /** The receiver says yes. */
  | "accept"
  /** The receiver says yes, and asks for another transport. */
  | "replace"
  /** The sender agrees to the other transport. */
  | "replaced"
  /** The sender opens the stream. */
  | "open"
  /** A block of bytes. */
  | "block"
  /** There are no more bytes to come. */
  | "whole"
  /** The sender tells the hashes. */
  | "checksum"
  /** The receiver has it all. */
  | "received"
  /** It ends. */
  | "end";

const NEXT: Readonly<Record<Phase, Readonly<Partial<Record<Step, Phase>>>>> = {
  offered: { accept: "agreed", replace: "replacing", checksum: "offered", end: "over" },
  replacing: { replaced: "agreed", checksum: "replacing", end: "over" },
  agreed: { open: "flowing", checksum: "agreed", end: "over" },
  flowing: { block: "flowing", whole: "checking", checksum: "flowing", end: "over" },
  checking: { checksum: "checking", received: "checking", end: "over" },
  over: {},
};

/** The phase after a step; undefined when the step is out of order. */
export function after(phase: Phase, step: Step): Phase | undefined {
  return NEXT[phase][step];
}
