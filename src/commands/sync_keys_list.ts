/**
 * `chatnode sync keys list`.
 *
 * @module
 */
import { join } from "node:path";
import { boolean } from "../config/kinds.ts";
import { visible } from "../text.ts";
import { type Binding, openTrustByHand } from "../transports/bucket/trust/by_hand.ts";
import type { DeviceReport } from "../transports/bucket/trust/contract.ts";
import { FAULTS, type QuarantineCount } from "../transports/bucket/verification/contract.ts";
import { readQuarantineCounts } from "../transports/bucket/verification/quarantine.ts";
import { action, option } from "./command.ts";
import { table } from "./output.ts";

/** What was not accepted from one bucket. */
interface Refused {
  /** The bucket's folder in `<data>/sync/`. */
  readonly bucket: string;
  readonly counts: readonly QuarantineCount[];
}

export const listAction = action({
  name: "list",
  summary: "List the devices, where they stand, and what was not accepted",
  reads: "history",
  description:
    "own: this node. pinned: the first of its node. endorsed: a trusted device of its node says " +
    "so. trusted: by you. waiting: not believed, since another device speaks for its node. " +
    "revoked: believed up to a place. distrusted: by you. forked: it signed two different " +
    "events for one place, so its key or data was copied; it is not believed until you trust it.",
  options: { json: option(boolean(), "Print it as JSON.", false) },
  async run({ io, settings, options: { json } }) {
    const trust = await openTrustByHand({ data: settings.data, clock: io.clock });
    const [devices, bindings] = [trust.list(), trust.bindings()];
    const refused = await refusedOf(settings.data);
    if (json) {
      const value = { devices: devices.map(jsonOf), bindings, refused: refused.map(refusedJson) };
      await io.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
      return;
    }
    await io.stdout.write(
      [devicesText(devices), bindingsText(bindings), refusedText(refused)]
        .filter((text) => text !== "").join("\n"),
    );
  },
});

async function refusedOf(data: string): Promise<Refused[]> {
  const found: Refused[] = [];
  const folder = join(data, "sync");
  for (const bucket of await foldersOf(folder)) {
    const counts = await readQuarantineCounts(join(folder, bucket));
    if (counts.length > 0) found.push({ bucket, counts });
  }
  return found;
}

async function foldersOf(folder: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) names.push(name);
    }
    return names.sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function devicesText(devices: readonly DeviceReport[]): string {
  if (devices.length === 0) return "No device yet: nothing was written or synced here.\n";
  const rows = devices.map(({ standing, device, node, senders, fingerprint, createdAt }) => [
    ...[standing, visible(senders?.join(" ") ?? `*@${node}`), device, fingerprint],
    visible(createdAt.slice(0, 10)),
  ]);
  return table([["STANDING", "SIGNS FOR", "DEVICE", "FINGERPRINT", "SINCE"], ...rows]);
}

function bindingsText(bindings: readonly Binding[]): string {
  if (bindings.length === 0) return "";
  const rows = bindings.map(({ sender, key, fingerprint }) => [visible(sender), key, fingerprint]);
  return table([["SENDER", "KEY BOUND BY HAND", "FINGERPRINT"], ...rows]);
}

function refusedText(refused: readonly Refused[]): string {
  if (refused.length === 0) return "";
  const rows = refused.flatMap(({ bucket, counts }) =>
    counts.map(({ writer, code, count, last }) => [
      ...[visible(bucket), visible(writer), String(count), code],
      `${FAULTS[code].state}; last ${new Date(last).toISOString().slice(0, 16)}Z`,
    ])
  );
  const head = ["BUCKET", "WRITER", "NOT ACCEPTED", "CODE", "REASON"];
  return table([head, ...rows], { right: [2] });
}

function jsonOf(report: DeviceReport): Record<string, unknown> {
  const { device, standing, node, senders, fingerprint, createdAt, seenAt } = report;
  return {
    ...{ device, standing, node, senders, fingerprint, created_at: createdAt },
    seen_at: new Date(seenAt).toISOString(),
    endorsed_by: report.endorsedBy,
    revoked_by: report.revokedBy,
  };
}

function refusedJson({ bucket, counts }: Refused): Record<string, unknown> {
  return {
    bucket,
    counts: counts.map(({ writer, code, count, last }) => ({
      ...{ writer, code, count, reason: FAULTS[code].state },
      last: new Date(last).toISOString(),
    })),
  };
}
