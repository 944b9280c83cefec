/**
 * `chatnode sync keys trust`, `distrust` and `endorse`.
 *
 * @module
 */
import { text } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import { visible } from "../text.ts";
import { openTrustByHand, type TrustByHand } from "../transports/bucket/trust/by_hand.ts";
import { action, type Invocation, optionalFlag } from "./command.ts";
import { senderKind } from "./history_options.ts";

/** A device's id, or its fingerprint as eight words. */
export const DEVICE = {
  usage: "DEVICE",
  help: "The device's id, or its whole fingerprint, spaces and all.",
  least: 1,
  most: 8,
} as const;

const SENDER_FLAGS = {
  sender: optionalFlag(senderKind(), "With --key, in the place of DEVICE: whose key it is."),
  key: optionalFlag(
    text({ placeholder: "KEY", wants: "32 bytes in base64", pattern: /^[A-Za-z0-9+/]{43}=$/ }),
    "Public key of somebody whose program has no devices: Ed25519, base64.",
  ),
};

export const trustAction = action({
  name: "trust",
  summary: "Believe a device, or a key without a device",
  reads: "history",
  description:
    "Holds on this node alone. It also ends that a device is distrusted, or shut out because it " +
    "told two stories. What waited for it is taken in with the next look at the bucket. With " +
    "--sender and --key it says which key somebody signs with who uses another program, so that " +
    "their events are verified.",
  examples: [
    { line: "sync keys trust kzdv vj2u mndu yauf qcjs ...", does: "By the whole fingerprint." },
    {
      line: "sync keys trust --sender carol@example.com --key A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1f...",
      does: "Carol uses another program.",
    },
  ],
  positionals: { ...DEVICE, usage: "[DEVICE]", least: 0 },
  options: SENDER_FLAGS,
  async run(invocation) {
    const { io, options: { sender, key }, positionals } = invocation;
    const trust = await opened(invocation);
    if (sender !== undefined || key !== undefined) {
      const bound = binding(sender, key, positionals);
      await trust.bind(bound.sender, bound.key);
      return await io.stderr.write(
        `What this key signs is ${visible(bound.sender)}'s from now on.\n`,
      );
    }
    const { device, report } = trust.find(named(positionals));
    await trust.trust(device);
    const unseen = report === undefined ? " It was not seen yet." : "";
    await io.stderr.write(`The device ${device} is trusted.${unseen}\n`);
  },
});

export const distrustAction = action({
  name: "distrust",
  summary: "Stop believing a device, or a key without a device",
  reads: "history",
  description:
    "Holds on this node alone: nothing more of it is taken in, and nothing counts that it says of " +
    "other devices. What was taken in before stays. Nobody takes its place by being there: the " +
    "next device of its node has to be trusted by hand. To tell everybody, see revoke.",
  positionals: { ...DEVICE, usage: "[DEVICE]", least: 0 },
  options: SENDER_FLAGS,
  async run(invocation) {
    const { io, options: { sender, key }, positionals } = invocation;
    const trust = await opened(invocation);
    if (sender !== undefined || key !== undefined) {
      const bound = binding(sender, key, positionals);
      await trust.unbind(bound.sender, bound.key);
      return await io.stderr.write(`This key is not ${visible(bound.sender)}'s any more.\n`);
    }
    const { device } = trust.find(named(positionals));
    await trust.distrust(device);
    await io.stderr.write(`The device ${device} is not believed any more.\n`);
  },
});

export const endorseAction = action({
  name: "endorse",
  summary: "Tell everybody that a device is one of this node's",
  reads: "history",
  description:
    "For a second machine of this node, or for the own device of somebody with an account here. " +
    "Everybody who believes this node believes that device then. Of two machines each endorses " +
    "the other: somebody who comes later may see either first. It is signed with this node's " +
    "key, stored in its buckets, and cannot be taken back; see revoke. Compare the fingerprint " +
    "with the one that the device itself shows.",
  positionals: DEVICE,
  async run(invocation) {
    const trust = await opened(invocation);
    const { device } = trust.find(named(invocation.positionals));
    await trust.endorse(device);
    await invocation.io.stderr.write(`Endorsed ${device}; it is told with the next sync.\n`);
  },
});

function opened({ io, settings }: Pick<Invocation, "io" | "settings">): Promise<TrustByHand> {
  return openTrustByHand({ data: settings.data, clock: io.clock });
}

/** @throws {UsageError} for nothing */
function named(positionals: readonly string[]): string {
  if (positionals.length > 0) return positionals.join(" ");
  throw new UsageError("usage/device", "Cannot decide about a device: none is named", {
    hint: "See: chatnode sync keys list",
  });
}

function binding(
  sender: string | undefined,
  key: string | undefined,
  positionals: readonly string[],
): { readonly sender: string; readonly key: string } {
  if (sender !== undefined && key !== undefined && positionals.length === 0) {
    return { sender, key };
  }
  throw new UsageError(
    "usage/device",
    "Cannot decide about a key: it takes --sender and --key together, and no device",
  );
}
