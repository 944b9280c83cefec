/**
 * A writer that is killed, or that counts beside others: `crash_child.ts FOLDER store|count TIMES`.
 * Prints a line for whatever is done for certain.
 */
import { openFolder } from "../../../../../src/transports/bucket/stores/local/open.ts";
import { world } from "../world.ts";
import { bytes } from "./folder.ts";

const [folder = "", what = "", times = "0"] = Deno.args;
// What the bucket waits for does not keep a process alive.
const alive = setInterval(() => {}, 60_000);
const bucket = await openFolder(folder, world());

/** Contents that tell whether they are whole: the same line again and again. */
async function store(number: number): Promise<void> {
  const line = `${Deno.pid} ${number}\n`;
  const content = bytes(line.repeat(1 + (number % 7) * 4_000));
  const key = `day ${number % 5}/${Deno.pid}_${number}`;
  await bucket.put(key, content, { condition: { kind: "absent" } });
  console.log(`${key}\t${content.length}`);
}

async function count(): Promise<void> {
  for (;;) {
    const object = await bucket.get("count");
    if (object === undefined) throw new Error("there is no count");
    const next = Number(await new Response(object.body).text()) + 1;
    const condition = { kind: "match", etag: object.etag } as const;
    if ((await bucket.put("count", bytes(`${next}`), { condition })).outcome === "stored") return;
  }
}

for (let number = 0; number < Number(times); number++) {
  if (what === "store") await store(number);
  else await count();
}
await bucket[Symbol.asyncDispose]();
clearInterval(alive);
