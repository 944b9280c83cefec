/**
 * One sync from beginning to end, and what is told of it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { visible } from "../text.ts";
import type { SyncStatus } from "../transports/bucket/sync/status.ts";
import type { SyncWorker } from "../transports/bucket/sync/worker.ts";
import type { Io } from "./io.ts";
import { table } from "./output.ts";
import { pause } from "./pause.ts";

/** How long files are waited for that could not be had at once, milliseconds. */
const PATIENCE_MS = 60_000;
/** How long between two attempts, milliseconds. */
const PAUSE_MS = 1_000;

/**
 * Pushes and pulls until nothing is left, or what is left cannot be had for a while.
 *
 * @throws {BucketError} {@linkcode HistoryError}; the signal's reason
 */
export async function catchUp(
  sync: SyncWorker,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  await sync.push(signal);
  const end = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    await sync.pull(signal);
    if (sync.status().waiting === 0 || clock.monotonic() > end) break;
    await pause(clock, PAUSE_MS, signal);
  }
  await sync.acknowledge(signal);
}

/** Whether everything could be shared. */
export function isComplete(status: SyncStatus): boolean {
  const { failure, lost, waiting, conflicts, headFaults } = status;
  return failure === undefined && lost + waiting + conflicts + headFaults.length === 0;
}

/** Says what was done; resolves with the exit code. */
export async function tellSync(
  status: SyncStatus,
  form: "text" | "json",
  { stdout, stderr }: Io,
): Promise<0 | 1> {
  const ok = isComplete(status);
  if (form === "json") {
    await stdout.write(`${JSON.stringify({ ok, ...status }, null, 2)}\n`);
    return ok ? 0 : 1;
  }
  const { pushed, pulled, requests } = status;
  const asked = requests.get + requests.head + requests.list + requests.put + requests.delete;
  await stdout.write(table([
    ["stored in the bucket", String(pushed.events)],
    ["taken in", String(pulled.events)],
    ["requests", String(asked)],
  ], { right: [1] }));
  for (const line of complaints(status)) await stderr.write(`chatnode: ${line}\n`);
  return ok ? 0 : 1;
}

function complaints(status: SyncStatus): string[] {
  const { failure, lost, waiting, held, conflicts, headFaults, pulled } = status;
  return [
    ...(failure === undefined ? [] : [`${visible(failure.message)}.`]),
    ...(pulled.faults === 0
      ? []
      : [`Not all of what others have stored was accepted. See: chatnode sync keys list`]),
    ...(held === 0 ? [] : [
      `${files(held)} ${
        held === 1 ? "waits" : "wait"
      }, mostly for a device to be trusted: chatnode sync keys trust DEVICE`,
    ]),
    ...(lost + waiting === 0
      ? []
      : [`${files(lost + waiting)} cannot be had from the bucket; the next sync tries again.`]),
    ...(conflicts === 0 ? [] : [`${files(conflicts)} of ours hold other bytes in the bucket.`]),
    ...headFaults.map(({ device, fault }) => `The head of ${visible(device)}: ${fault}.`),
  ];
}

function files(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}
