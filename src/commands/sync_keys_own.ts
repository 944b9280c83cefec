/**
 * `chatnode sync keys revoke` and `rotate`: what this node's own device signs.
 *
 * @module
 */
import { boolean, integer, text } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import type { Settings } from "../config/schema.ts";
import { lockFolder } from "../history/lock.ts";
import { openHistory } from "../history/open.ts";
import { systemRandom } from "../history/random.ts";
import { openTrustByHand, type RevocationExtent } from "../transports/bucket/trust/by_hand.ts";
import { knownChainEnds } from "../transports/bucket/trust/chain_ends.ts";
import { rotateDevice } from "../transports/bucket/trust/rotation.ts";
import { action, option, optionalFlag } from "./command.ts";
import type { Io } from "./io.ts";
import { settleNodeName } from "./node_name.ts";
import { scopeIn } from "./synced_history.ts";
import { DEVICE } from "./sync_keys_decide.ts";

export const revokeAction = action({
  name: "revoke",
  summary: "Tell everybody that nothing more of a device counts",
  reads: "sync",
  description:
    "For a device of this node, or of somebody with an account here, whose key was stolen or " +
    "lost. What this node has of it by now stays good, unless a flag says otherwise; whatever " +
    "else turns up with its signature is refused everywhere. So are the devices that it has " +
    "endorsed, but for those that this node believes. Rooms are named in it that a bucket has, " +
    "or that are shared; no others. It is signed with this node's key and cannot be taken back. If this node's own key was stolen: rotate first, then revoke the old " +
    "device.",
  examples: [
    { line: "sync keys revoke kzdvvj2umnduyauf", does: "What is known of it stays good." },
    { line: "sync keys revoke kzdvvj2umnduyauf --nothing", does: "Nothing of it counts." },
  ],
  positionals: DEVICE,
  options: {
    reason: optionalFlag(
      text({
        placeholder: "TEXT",
        wants: "1 to 240 characters on one line",
        pattern: /^[^\p{C}]{1,240}$/u,
      }),
      "Why, for everybody who reads it.",
    ),
    nothing: option(boolean(), "Nothing of it was ever good.", false),
    lastObject: optionalFlag(
      integer(0, Number.MAX_SAFE_INTEGER),
      "Number in its head of the last object that counts, for a device of very many chains.",
    ),
  },
  async run({ io, settings, options: { nothing, lastObject, reason }, positionals }) {
    if (nothing && lastObject !== undefined) {
      throw new UsageError(
        "usage/flags",
        "Cannot revoke the device: --nothing and --last-object contradict each other",
      );
    }
    const trust = await openTrustByHand({ data: settings.data, clock: io.clock });
    const { device } = trust.find(positionals.join(" "));
    const last = nothing ? 0 : lastObject;
    const extent: RevocationExtent = last === undefined
      ? { chains: await knownChainEnds(settings.data, device, scopeIn(settings)) }
      : { last_object: last };
    const believed = ["own", "endorsed", "trusted", "pinned"];
    const good = trust.list().filter(({ standing }) => believed.includes(standing));
    const names = new Set(good.map((each) => each.device));
    const endorsed = trust.endorsedBy(device).filter((each) => names.has(each));
    await trust.revoke(device, extent, endorsed, reason);
    await io.stderr.write(`Revoked ${device}; it is told with the next sync.\n`);
  },
});

export const rotateAction = action({
  name: "rotate",
  summary: "Give this node a new key that goes on in the name of the old one",
  reads: "history",
  description:
    "After a restore from a backup, after a change of the node's name, or when a key has become " +
    "old. The old key signs that the new one goes on in its name and is gone then. The server " +
    "has to be stopped. After a theft, revoke the old device as well.",
  async run({ io, settings }) {
    const program = "chatnode sync keys rotate";
    const node = await sealEverything(io, settings, program);
    const since = new Date(io.clock.now()).toISOString();
    // A server that started in between has made events that only the old key can sign.
    const lock = lockFolder(settings.data, { pid: Deno.pid, program, since });
    try {
      const random = { ...systemRandom, fill: (bytes: Uint8Array<ArrayBuffer>) => fill(io, bytes) };
      const { from, to } = await rotateDevice({
        data: settings.data,
        node,
        clock: io.clock,
        random,
      });
      await io.stderr.write(`The device ${to} goes on in the name of ${from}.\n`);
    } finally {
      lock.release();
    }
  },
});

/** Signs what only the old key can sign; the node's name. */
async function sealEverything(io: Io, settings: Settings, program: string): Promise<string> {
  let node = "";
  const settle = () => settleNodeName(settings.data, settings.name, (count) => io.random(count));
  const history = await openHistory({
    dir: settings.data,
    program,
    node: async () => node = await settle(),
    clock: io.clock,
    durability: settings.durability,
  });
  try {
    await history.seal();
    return node;
  } finally {
    await history.close();
  }
}

function fill(io: Io, bytes: Uint8Array<ArrayBuffer>): void {
  bytes.set(io.random(bytes.length));
}
