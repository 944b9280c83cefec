/**
 * Requests and money a day and a month.
 *
 * @module
 */
import type { Cell, Table, Unit } from "../contract.ts";
import { spread } from "../statistics.ts";
import { type Asked, INTERVAL_MS, type Watched } from "./orders.ts";
import { monthOf, PRICES, storageOf } from "./prices.ts";

const DAY_S = 24 * 60 * 60;
const IDLE_WANTED = 20_000;

/** The table of what was counted in `seconds`, scaled to a day. */
export function costTable(watched: Watched, seconds: number): Table {
  const perDay = DAY_S / seconds;
  const one = scaled(watched.idleOne, perDay, watched.scan);
  const five = scaled(watched.idleFive, perDay, watched.scan);
  const busy = scaled(watched.busy, perDay, watched.scan);
  const kept = storageOf(watched.bytes * perDay);
  const lists = watched.idleOne.list + watched.idleFive.list;
  return {
    title: "Requests and their price",
    notes: [
      `Nodes with the default interval of ${
        INTERVAL_MS / 1000
      } s, counted for ${seconds} s after ` +
      "their start and scaled to a day; the daily look at everything was counted by itself and " +
      "is in it (a bucket this small is listed in one page each; there is one LIST for 1,000 " +
      "files). Conditional GETs that find nothing new are GETs. Busy: two nodes that each write " +
      `${
        (watched.said / seconds).toFixed(0)
      } messages a second into one room and read the other's; they flushed ${watched.flushes} times.`,
      PRICES,
    ],
    columns: ["a node", "PUT a day", "GET and HEAD a day", "LIST a day", "USD a month"],
    rows: [
      row("idle, one other writer", one, 0),
      row("idle, five other writers", five, 0),
      row("busy, storage of its messages included", busy, kept),
    ],
    targets: [
      most("sync, GET and HEAD a day of an idle watcher, one other writer", one.get + one.head),
      most("sync, GET and HEAD a day of an idle watcher, five others", five.get + five.head),
      most("sync, LIST of idle watchers while they watch", lists, 0),
      most(
        "sync, PUT a flush and writer in a busy room",
        watched.busy.put / watched.flushes,
        1,
        "times",
      ),
    ],
  };
}

function scaled(counted: Asked, perDay: number, once: Asked): Asked {
  const of = (kind: keyof Asked) => counted[kind] * perDay + once[kind];
  return {
    put: of("put"),
    get: of("get"),
    head: of("head"),
    list: of("list"),
    delete: of("delete"),
  };
}

function row(name: string, asked: Asked, storage: number): Cell[] {
  const count = (value: number): Cell => ({ unit: "count", spread: spread([value]) });
  const cost = (monthOf(asked) + storage).toFixed(2);
  return [name, count(asked.put), count(asked.get + asked.head), count(asked.list), cost];
}

function most(what: string, measured: number, wanted = IDLE_WANTED, unit: Unit = "count") {
  return { what, unit, bound: "at most", wanted, measured } as const;
}
