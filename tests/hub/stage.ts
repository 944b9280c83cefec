/** A hub with recording peers and a clock that only tests move. */
import assert from "node:assert/strict";
import type { Dialect, EndReason, Hub, Peer, Session, Signal } from "../../src/hub/contract.ts";
import { openHub } from "../../src/hub/hub.ts";
import type { HubLimits } from "../../src/hub/limits.ts";
import { getLogger } from "../../src/log.ts";
import type { Identity, Role } from "../../src/accounts/contract.ts";
import { MemoryHistory } from "../../src/history/memory.ts";
import { ManualClock } from "../harness/manual_clock.ts";

/** A dialect whose batches are the signals themselves. */
export function recordingDialect(name: string, echo: boolean): Dialect<readonly Signal[]> & {
  encoded: number;
} {
  return {
    name,
    echo,
    encoded: 0,
    encode(signals) {
      this.encoded += 1;
      return [...signals];
    },
  };
}

export class RecordingPeer implements Peer<readonly Signal[]> {
  readonly via = "test";
  readonly dialect: Dialect<readonly Signal[]>;
  readonly signals: Signal[] = [];
  readonly batches: (readonly Signal[])[] = [];
  readonly ends: EndReason[] = [];
  session: Session | undefined;
  /** Set to make `drained` wait. */
  full: Promise<void> | undefined;

  constructor(dialect: Dialect<readonly Signal[]>) {
    this.dialect = dialect;
  }

  send(batch: readonly Signal[]): void {
    this.batches.push(batch);
    this.signals.push(...batch);
  }

  drained(): Promise<void> {
    return this.full ?? Promise.resolve();
  }

  end(reason: EndReason): void {
    this.ends.push(reason);
    this.session?.close();
  }

  /** The bodies of the events received. */
  get bodies(): string[] {
    return this.signals.flatMap((signal) =>
      signal.kind === "event" ? [signal.stored.event.content.body ?? signal.stored.event.type] : []
    );
  }

  /** The live signals received, as `kind name`. */
  get live(): string[] {
    return this.signals.flatMap((signal) =>
      signal.kind === "event" ? [] : [`${signal.kind} ${signal.who.name}`]
    );
  }
}

export interface Stage {
  readonly hub: Hub;
  readonly history: MemoryHistory;
  readonly clock: ManualClock;
  readonly v1: ReturnType<typeof recordingDialect>;
  readonly echoing: ReturnType<typeof recordingDialect>;
  connect(name: string, options?: {
    dialect?: Dialect<readonly Signal[]>;
    identity?: Partial<Identity>;
  }): { peer: RecordingPeer; session: Session };
}

/** A new hub for one test. */
export async function stage(
  limits?: Partial<HubLimits>,
  markers?: string,
): Promise<Stage> {
  const history = new MemoryHistory();
  const clock = new ManualClock();
  const log = getLogger(["hub"]);
  const hub = await openHub({
    ...{ node: "n", history, clock, log },
    ...(limits === undefined ? {} : { limits }),
    ...(markers === undefined ? {} : { markers }),
  });
  const v1 = recordingDialect("v1", false);
  const echoing = recordingDialect("echoing", true);
  return {
    ...{ hub, history, clock, v1, echoing },
    connect(name, options = {}) {
      const peer = new RecordingPeer(options.dialect ?? v1);
      const session = hub.connect(identity(name, options.identity), peer);
      peer.session = session;
      return { peer, session };
    },
  };
}

export function identity(name: string, more: Partial<Identity> = {}): Identity {
  return { address: `${name}@n`, name, role: "user" as Role, ...more };
}

export function text(
  room: string,
  body: string,
): { room: string; type: "m.room.message"; content: { body: string; msgtype: string } } {
  return { room, type: "m.room.message", content: { body, msgtype: "m.text" } };
}

/** For `assert.rejects` and `assert.throws`: an error with that code. */
export function refusal(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.equal((error as { code?: string }).code, code);
    return true;
  };
}
