/**
 * Appends to chatnode's history, as the server opens it. Arguments: the data folder, the durability.
 *
 * @module
 */
import { openHistory } from "../../../src/history/open.ts";
import { encodeLine, maxLineBytes } from "../../../src/history/journal_line.ts";
import type { Draft, StoredEvent } from "../../../src/history/contract.ts";
import { textNumbered } from "../texts.ts";
import { serve } from "./instrument.ts";

const [dir = "", durability = "synced"] = Deno.args;
const history = await openHistory({
  dir,
  durability: durability === "relaxed" ? "relaxed" : "synced",
});
let number = 0;

function draft(writer: number): Draft {
  number++;
  return {
    room: "lobby",
    sender: `person${writer + 1}@bench`,
    type: "m.room.message",
    content: { body: textNumbered(number), msgtype: "m.text" },
    key: `bench-${number}`,
    via: "websocket",
  };
}

function lineBytes({ json, offset }: StoredEvent): number {
  return encodeLine(new Uint8Array(maxLineBytes(json)), 0, offset, json);
}

const first = await history.append(draft(0));
// As the server does, so that a slot's sealing is not done in the next one.
Deno.addSignalListener("SIGUSR2", () => void history.seal());
await serve({ lineBytes: lineBytes(first.stored) }, (writer) => history.append(draft(writer)));
await history.close();
