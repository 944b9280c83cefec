/**
 * The live half of a node, put together: who is connected, what they publish, who gets it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { History } from "../history/contract.ts";
import type { Logger } from "../log.ts";
import { Broadcast } from "./broadcast.ts";
import { Signals } from "./channel.ts";
import { Commands } from "./commands.ts";
import type { Hub } from "./contract.ts";
import type { Core } from "./core.ts";
import { createCounters } from "./counters.ts";
import { Drafting } from "./drafting.ts";
import { Fanout } from "./fanout.ts";
import { Hooks } from "./hooks.ts";
import { DEFAULT_LIMITS, type HubLimits } from "./limits.ts";
import { LiveHub } from "./live_hub.ts";
import { Markers } from "./markers.ts";
import { People } from "./people.ts";
import { Publisher } from "./publisher.ts";
import { Rooms } from "./room.ts";

/** What a hub is made of. */
export interface HubOptions {
  /** The node's name, the part of addresses after `@`. */
  readonly node: string;
  /** Everything published goes here; stays the caller's to close, after the hub. */
  readonly history: History;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: Partial<HubLimits>;
  /** The file of the read markers; without it they live as long as the hub. */
  readonly markers?: string;
}

/**
 * Opens a hub on a history.
 *
 * @throws {Error} when the read markers cannot be read at all; a damaged file is set aside
 */
export async function openHub(options: HubOptions): Promise<Hub> {
  const { clock, log, history } = options;
  const markers = await Markers.open({
    ...(options.markers === undefined ? {} : { path: options.markers }),
    epoch: history.epoch,
    clock,
    log,
  });
  return new LiveHub(assemble(options, markers));
}

function assemble(options: HubOptions, markers: Markers): Core {
  const { node, clock, log, history } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const counters = createCounters();
  const hooks = new Hooks({ clock, log, counters, deadlineMs: limits.hookMs });
  const fanout = new Fanout({ log, counters });
  const signals = new Signals({ clock, fanout, gatherMs: limits.gatherMs });
  const people = new People({ signals, limits });
  const rooms = new Rooms(people);
  const broadcast = new Broadcast({ signals, rooms, hooks });
  const drafting = new Drafting({ history, hooks, limits, clock });
  return {
    ...{ node, clock, log, history, limits, counters, hooks, fanout, signals, people, rooms },
    ...{ broadcast, drafting, markers },
    commands: new Commands(hooks, log),
    publisher: new Publisher({ history, hooks, broadcast, counters, drafting }),
  };
}
