/** A node that talks and shares until it is killed; see `chaos.ts`. */
import { SeededRandom } from "../../../process/crash/random.ts";
import { roomOf, sleep } from "./chaos.ts";
import { FaultyBucket } from "./faulty_bucket.ts";
import { World } from "./world.ts";

const [path = "", seed = "1", oneIn = "8"] = Deno.args;
const random = new SeededRandom(Number(seed));
const faults = { random, oneIn: Number(oneIn), counts: {} };
const world = World.at(path);
const node = await world.open("c", {
  wrap: (bucket) => new FaultyBucket(bucket, faults),
  interval: 30,
});
node.sync.start();
const encoder = new TextEncoder();
for (let each = 0;; each++) {
  const room = roomOf(random, "c");
  const text = `c ${seed} ${each}`;
  await node.say(text, room);
  Deno.stdout.writeSync(encoder.encode(`${room}\t${text}\n`));
  await sleep(random.integer(1, 15));
}
