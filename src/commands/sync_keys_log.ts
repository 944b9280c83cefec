/**
 * `chatnode sync keys log`.
 *
 * @module
 */
import { boolean } from "../config/kinds.ts";
import { visible } from "../text.ts";
import { openTrustByHand } from "../transports/bucket/trust/by_hand.ts";
import type { KeyEvent } from "../transports/bucket/trust/past.ts";
import { action, option } from "./command.ts";
import { table } from "./output.ts";

/** What is said of an event; `by` is a device. */
const SAID: Readonly<Record<KeyEvent["what"], (by: string) => string>> = {
  own: () => "is this node's own",
  seen: () => "was seen, and has to wait",
  pinned: () => "was seen first, and is pinned",
  endorsed: (by) => `was endorsed by ${by}`,
  revoked: (by) => `was revoked by ${by}`,
  trusted: () => "was trusted here by hand",
  distrusted: () => "was distrusted here by hand",
  forked: () => "told two stories",
};

export const logAction = action({
  name: "log",
  summary: "Show what happened to whose keys, and when",
  reads: "history",
  description:
    "First seen, endorsed, revoked, decided about, found out. Times of endorsements and " +
    "revocations are what their signers say.",
  options: { json: option(boolean(), "Print it as JSON.", false) },
  async run({ io, settings, options: { json } }) {
    const trust = await openTrustByHand({ data: settings.data, clock: io.clock });
    const past = trust.past();
    if (json) {
      const value = past.map(({ at, ...event }) => ({ at: new Date(at).toISOString(), ...event }));
      await io.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
      return;
    }
    const nodes = new Map(trust.list().map(({ device, node }) => [device, node]));
    const rows = past.map(({ at, device, what, by = "", reason }) => [
      ...[`${new Date(at).toISOString().slice(0, 16)}Z`, visible(nodes.get(device) ?? "?"), device],
      SAID[what](by) + (reason === undefined ? "" : `: ${visible(reason)}`),
    ]);
    await io.stdout.write(table([["WHEN", "NODE", "DEVICE", "WHAT"], ...rows]));
  },
});
