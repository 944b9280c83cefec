/** What a process uses, as Linux tells it. */
import { eventually } from "../harness/eventually.ts";

/** Resident memory, MiB. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Open sockets, listening ones included. */
export async function sockets(pid: number): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    // Gone between the two calls.
    const target = await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => "");
    if (target.startsWith("socket:")) count++;
  }
  return count;
}

/** Waits until no more than `most` sockets are open. */
export async function socketsFall(pid: number, most: number): Promise<void> {
  await eventually(`no more than ${most} sockets`, async () => await sockets(pid) <= most, 60_000);
}

/** How many files this process and its children may have open. */
export async function descriptorLimit(): Promise<number> {
  const limits = await Deno.readTextFile("/proc/self/limits");
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}
