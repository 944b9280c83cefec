/**
 * Appends and searches until it is stopped, and says what was acknowledged: a line an event.
 * Argument: the data folder.
 */
import { openHistory } from "../../src/history/open.ts";
import { workerIndex } from "../../src/history/search_index.ts";

const [dir = ""] = Deno.args;
const history = await openHistory({ dir, journalBytes: 20_000, index: workerIndex });
const encoder = new TextEncoder();
for (let count = 0;; count++) {
  await history.append({
    room: "lobby",
    sender: "alice@node",
    type: "m.room.message",
    content: { body: `fox ${count}`, msgtype: "m.text" },
  });
  if (count % 50 === 0) await history.search({ text: "fox", limit: 1 });
  Deno.stdout.writeSync(encoder.encode(`${count}\n`));
}
