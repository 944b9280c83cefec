/**
 * Gives a data folder a new device that goes on in the name of the old one: before a key gets old,
 * and always when a folder comes back from a backup, since what its device signed after the backup
 * would be numbered twice.
 *
 * @module
 */
import type { Clock } from "../../../clock.ts";
import { changeDevice, prepareDevice, readDevice } from "../../../history/keys.ts";
import { createLayout } from "../../../history/layout.ts";
import type { Random } from "../../../history/random.ts";
import { decide } from "./decisions.ts";
import { TrustError } from "./errors.ts";
import { trustPaths } from "./files.ts";
import { endorse } from "./statement.ts";

/** What {@linkcode rotateDevice} takes. */
export interface RotationOptions {
  /** The data folder. Its history is closed, and everything in it is sealed. */
  readonly data: string;
  /** Name of the node; default: that of the old device. */
  readonly node?: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** The two devices. */
export interface Rotation {
  readonly from: string;
  readonly to: string;
}

/**
 * Makes the new device, signs the endorsement of each with the other's key, and lets the old key
 * go. A crash
 * anywhere is harmless: done again, it goes on with the same new device.
 *
 * @throws {TrustError} `trust/unknown` when there is no device yet; as `decide`
 * @throws {HistoryError} as `prepareDevice`
 */
export async function rotateDevice(options: RotationOptions): Promise<Rotation> {
  const { data, clock, random } = options;
  const layout = createLayout(data);
  const old = await readDevice(layout);
  if (old === undefined) {
    throw new TrustError(
      "trust/unknown",
      "Cannot change the device: this data folder has none that may be read",
      { hint: "Name the node's data folder with --data, and run this as the node's user." },
    );
  }
  const now = clock.now();
  const node = options.node ?? old.record.node;
  const next = await prepareDevice(layout, { random, node, senders: old.record.senders, now });
  // Each for the other: somebody who comes later may see the new one first.
  const issue = [
    endorse(next.record, { device: old.id, key: old.key, now }),
    endorse(old.record, { device: next.id, key: next.key, now }),
  ];
  await decide(trustPaths(data), clock, { issue });
  await changeDevice(layout, next);
  return { from: old.id, to: next.id };
}
