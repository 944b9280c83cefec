/**
 * Both of AloneChat's doors, over one set of mailboxes.
 *
 * @module
 */
import type { Hono } from "hono";
import { join } from "node:path";
import type { Accounts } from "../../accounts/accounts.ts";
import type { Revocation } from "../../accounts/revocations.ts";
import type { Clock } from "../../clock.ts";
import type { History } from "../../history/contract.ts";
import type { Hub } from "../../hub/contract.ts";
import type { LinkLimits } from "../../wire/limits.ts";
import { CursorStore } from "./cursors.ts";
import type { AloneEnv } from "./env.ts";
import { Feedbacks } from "./feedback.ts";
import { PollDialect } from "./mailbox.ts";
import { Mailboxes } from "./mailboxes.ts";
import { RECEIVE_LIMITS } from "./receive_queue.ts";
import { aloneRoutes } from "./routes.ts";
import { AloneSocketDoor } from "./socket_door.ts";
import { type Resources, Usage } from "./usage.ts";

/** Accounts whose mailboxes are remembered. */
const MAILBOXES = 20_000;

/** What the doors need. */
export interface AloneDoorsOptions {
  readonly accounts: Accounts;
  readonly hub: Hub;
  readonly history: Pick<History, "epoch" | "room" | "rooms" | "read">;
  readonly clock: Clock;
  /** The data folder; absent: what these doors keep lives as long as they do. */
  readonly data?: string;
  readonly version: string;
  readonly resources: Resources;
  /** The port that original clients connect to. */
  readonly port: () => number;
  /** Web origins besides the node's own whose pages may use a cookie. */
  readonly origins: readonly string[];
  /** Messages kept for an account that polls; the oldest give way. */
  readonly receiveQueue: number;
  readonly links: LinkLimits;
}

/** See the module's description. */
export interface AloneDoors {
  /** The HTTP API. */
  readonly routes: Hono<AloneEnv>;
  /** Takes every WebSocket that is offered to it. */
  readonly socket: AloneSocketDoor;
  /** Polls that wait for a message now. */
  readonly polls: number;
  /** Ends the polls that a revocation means; sessions are the hub's to end. */
  revoke(revocation: Revocation): void;
  /** Answers the polls that wait, so that a listener can stop. */
  endPolls(): void;
  /** Ends everything and writes what has to be kept. */
  close(): Promise<void>;
}

/** Opens both doors. */
export async function openAloneDoors(options: AloneDoorsOptions): Promise<AloneDoors> {
  const { accounts, hub, history, clock, data, version, port, origins } = options;
  const path = data === undefined ? undefined : join(data, "alonechat_cursors.json");
  const cursors = await CursorStore.open({
    ...(path === undefined ? {} : { path }),
    epoch: history.epoch,
    accounts: MAILBOXES,
    clock,
  });
  const feedbackPath = data === undefined ? undefined : join(data, "feedback.jsonl");
  const feedbacks = await Feedbacks.open(feedbackPath, clock);
  const limits = { ...RECEIVE_LIMITS, messages: options.receiveQueue };
  const dialect = new PollDialect(hub.node);
  const mailboxes = new Mailboxes({ hub, history, dialect, limits, clock, cursors });
  const usage = new Usage(clock, options.resources);
  const shared = { accounts, hub, mailboxes, feedbacks, usage, clock, version, port, origins };
  const socket = new AloneSocketDoor(shared, { clock, limits: options.links });
  return {
    routes: aloneRoutes(shared),
    socket,
    get polls() {
      return mailboxes.polls;
    },
    revoke(revocation) {
      if (revocation.kind === "token") {
        mailboxes.revoke(({ token }) => token === revocation.token);
      } else mailboxes.revoke(({ address }) => address === revocation.address, revocation.address);
    },
    endPolls: () => mailboxes.endPolls(),
    async close() {
      await socket.close();
      await mailboxes.close();
      await feedbacks.close();
    },
  };
}
