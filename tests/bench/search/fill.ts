/**
 * Fills a data folder with the corpus, spread over the last month, sealed and without an index.
 * Arguments: the folder, how many messages, the node's name. Prints how long it took.
 *
 * @module
 */
import type { Clock } from "../../../src/clock.ts";
import { systemClock } from "../../../src/clock.ts";
import { openHistory } from "../../../src/history/open.ts";
import { corpusMessage } from "./corpus.ts";

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;
const AT_ONCE = 2_000;

const [dir = "", count = "0", node = "node"] = Deno.args;
const total = Number(count);
const begin = Date.now() - MONTH_MS;
let done = 0;
const clock: Clock = { ...systemClock, now: () => Math.floor(begin + MONTH_MS * done / total) };

async function append(index: number): Promise<void> {
  const { room, sender, words } = corpusMessage(index);
  await history.append({
    room,
    sender: `${sender}@${node}`,
    type: "m.room.message",
    content: { body: words.join(" "), msgtype: "m.text" },
    via: "websocket",
  });
}

const history = await openHistory({ dir, clock, node: () => Promise.resolve(node) });
const started = performance.now();
for (; done < total; done += AT_ONCE) {
  const batch = Math.min(AT_ONCE, total - done);
  await Promise.all(Array.from({ length: batch }, (_, index) => append(done + index)));
}
const appended = performance.now();
await history.seal();
const sealed = performance.now();
await history.close();
console.log(JSON.stringify({
  ready: total,
  appendSeconds: (appended - started) / 1000,
  sealSeconds: (sealed - appended) / 1000,
}));
