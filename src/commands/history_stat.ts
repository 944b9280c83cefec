/**
 * `chatnode history stat`.
 *
 * @module
 */
import { boolean } from "../config/kinds.ts";
import { printBytes } from "../config/units.ts";
import { readDevice } from "../history/keys.ts";
import { type IndexStat, statIndex } from "../history/index_stat.ts";
import { type HistoryStat, type RoomStat, statOf } from "../history/stat.ts";
import { visible } from "../text.ts";
import { action, option } from "./command.ts";
import { roomFlag, withReader } from "./history_options.ts";
import { table } from "./output.ts";

export const statAction = action({
  name: "stat",
  summary: "Show rooms, events and sizes",
  reads: "history",
  options: {
    room: roomFlag,
    json: option(boolean(), "Print it as JSON.", false),
  },
  async run({ io, settings, options: { room, json } }) {
    await withReader(settings.data, room, async (reader) => {
      const stat = statOf(reader);
      const device = (await readDevice(reader.layout))?.record;
      const index = statIndex(reader);
      const rooms = stat.rooms.filter((each) => room === undefined || each.room === room);
      if (json) {
        const value = { ...stat, rooms, index, device: device ?? null };
        await io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
        return;
      }
      const facts = room === undefined ? `${table(factsOf(stat, index, device?.device))}\n` : "";
      await io.stdout.write(facts + (rooms.length === 0 ? "No event yet.\n" : roomTable(rooms)));
    });
  },
});

function factsOf(stat: HistoryStat, index: IndexStat, device: string | undefined): string[][] {
  return [
    [
      "events",
      `${stat.events} in ${stat.rooms.length === 1 ? "1 room" : `${stat.rooms.length} rooms`}`,
    ],
    ["not signed yet", String(stat.unsealed)],
    ["segments", `${stat.segments}, ${sizeOf(stat.segmentBytes)}`],
    ["journal", `${stat.journals} files, ${sizeOf(stat.journalBytes)}`],
    ["search index", indexWords(index)],
    ["epoch", visible(stat.epoch)],
    ["device", device ?? "cannot be read by this user"],
  ];
}

function indexWords({ state, documents, bytes, behind }: IndexStat): string {
  const holds = `${documents} ${documents === 1 ? "message" : "messages"}, ${sizeOf(bytes)}`;
  switch (state) {
    case "ready":
      return behind === 0 ? holds : `${holds}, ${sizeOf(behind)} of the journal to be read`;
    case "building":
      return `${holds}, being made`;
    case "missing":
      return "none yet";
    case "unreadable":
      return "cannot be read by this user";
    case "foreign":
    case "damaged":
      return "not usable, made anew by the next search of the server";
  }
}

function roomTable(rooms: readonly RoomStat[]): string {
  const head = ["room", "events", "not signed", "segments", "size", "oldest", "newest"];
  const rows = rooms.map((each) => [
    visible(each.room),
    String(each.events),
    String(each.unsealed),
    String(each.segments),
    sizeOf(each.bytes),
    timeOf(each.oldest),
    timeOf(each.newest),
  ]);
  return table([head, ...rows], { right: [1, 2, 3, 4] });
}

/** To a tenth of the largest fitting unit. */
function sizeOf(bytes: number): string {
  const unit = [1024 ** 3, 1024 ** 2, 1024].find((each) => bytes >= each) ?? 1;
  const suffix = printBytes(unit).replace(/^\d+/, "");
  return `${(bytes / unit).toFixed(unit === 1 ? 0 : 1)} ${suffix}`;
}

function timeOf(timestamp: number | undefined): string {
  if (timestamp === undefined) return "";
  return new Date(timestamp).toISOString().slice(0, 19).replace("T", " ");
}
