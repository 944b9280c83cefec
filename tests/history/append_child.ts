/**
 * Appends until it is killed, and says what was acknowledged: one line `room offset body` an event.
 * Arguments: data folder, a name for this run.
 */
import { openHistory } from "../../src/history/open.ts";

const [dir = "", run = ""] = Deno.args;
const history = await openHistory({ dir, journalBytes: 60_000, program: "append_child" });
const encoder = new TextEncoder();

async function write(writer: number): Promise<void> {
  const room = `room ${writer % 3}`;
  for (let count = 0;; count++) {
    const body = `${run}-${writer}-${count}`;
    const { stored } = await history.append({
      room,
      sender: `writer${writer}@node`,
      type: "m.room.message",
      content: { body, msgtype: "m.text" },
      key: body,
    });
    Deno.stdout.writeSync(encoder.encode(`${room}\t${stored.offset}\t${body}\n`));
  }
}

await Promise.all(Array.from({ length: 20 }, (_, writer) => write(writer)));
