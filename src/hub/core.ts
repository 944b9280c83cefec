import type { Clock } from "../clock.ts";
import type { History } from "../history/contract.ts";
import type { Logger } from "../log.ts";
import type { Signals } from "./channel.ts";
import type { Commands } from "./commands.ts";
import type { Counters } from "./counters.ts";
import type { Broadcast } from "./broadcast.ts";
import type { Drafting } from "./drafting.ts";
import type { Fanout } from "./fanout.ts";
import type { Hooks } from "./hooks.ts";
import type { HubLimits } from "./limits.ts";
import type { Markers } from "./markers.ts";
import type { People } from "./people.ts";
import type { Publisher } from "./publisher.ts";
import type { Rooms } from "./room.ts";

/** The parts of one hub, made once by `hub.ts` and lent to its sessions. */
export interface Core {
  readonly node: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly history: History;
  readonly limits: HubLimits;
  readonly counters: Counters;
  readonly hooks: Hooks;
  readonly commands: Commands;
  readonly fanout: Fanout;
  readonly signals: Signals;
  readonly broadcast: Broadcast;
  readonly people: People;
  readonly rooms: Rooms;
  readonly drafting: Drafting;
  readonly publisher: Publisher;
  readonly markers: Markers;
}
