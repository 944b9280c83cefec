/** Running totals since the start, for metrics; doors add to those that only they can count. */
export interface Counters {
  /** Sessions now. */
  sessions: number;
  /** Sessions ever. */
  connections: number;
  /** Newcomers that were turned away, whatever the reason. */
  refused: number;
  /** Events committed. */
  messages: number;
  /** Events handed to peers: one event for a hundred peers counts a hundred. */
  deliveries: number;
  /** Publishes refused, whatever the reason. */
  rejected: number;
  /** Sessions that ended because their reader was too slow. */
  slowDropped: number;
  /** Frames that were no valid request. */
  badFrames: number;
  /** Hooks that threw or took too long. */
  hookFaults: number;
}

/** All zero. */
export function createCounters(): Counters {
  return {
    sessions: 0,
    connections: 0,
    refused: 0,
    messages: 0,
    deliveries: 0,
    rejected: 0,
    slowDropped: 0,
    badFrames: 0,
    hookFaults: 0,
  };
}
