/**
 * The least that durable appends with group commit are on Deno: lines gather while the lines before
 * them are written and synced. Arguments: a file, the length of a line.
 *
 * @module
 */
import { serve } from "./instrument.ts";

const [path = "", length = "0"] = Deno.args;
const file = await Deno.open(path, { write: true, create: true, append: true });
const line = new Uint8Array(Number(length)).fill(0x61);
line[line.length - 1] = 0x0a;

let bytes = new Uint8Array(64 * 1024);
let spare = new Uint8Array(64 * 1024);
let filled = 0;
let waiting: (() => void)[] = [];
let running = false;

function append(): Promise<void> {
  if (filled + line.length > bytes.length) {
    const larger = new Uint8Array(bytes.length * 2);
    larger.set(bytes);
    bytes = larger;
  }
  bytes.set(line, filled);
  filled += line.length;
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (!running) void commit();
  });
}

async function commit(): Promise<void> {
  running = true;
  await Promise.resolve();
  while (waiting.length > 0) {
    const [batch, written] = [waiting, bytes.subarray(0, filled)];
    [bytes, spare, filled, waiting] = [spare, bytes, 0, []];
    for (let done = 0; done < written.length;) done += await file.write(written.subarray(done));
    await file.syncData();
    for (const resolve of batch) resolve();
    await Promise.resolve();
  }
  running = false;
}

await serve({}, append);
file.close();
