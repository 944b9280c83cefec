/**
 * An entry of a conversation as rows, with what stands before it: a new day, the line behind which
 * everything is new. Made once for a width and kept.
 *
 * @module
 */
import { readKind } from "../../../../message/content.ts";
import { dayOf, longDayOf } from "../../times.ts";
import { type Entry, isEmote } from "../model/entry.ts";
import type { Row } from "../paint/row.ts";
import { wrap } from "../paint/wrap.ts";
import { indentOf, messageRows, type RowContext } from "./message_rows.ts";

/** How an entry stands to the one before it. */
interface Setting {
  readonly isNewDay: boolean;
  readonly isFirstNew: boolean;
  readonly isFollowing: boolean;
}

/** Messages of one person that follow each other so soon stand under one name, milliseconds. */
const SAME_BREATH_MS = 5 * 60_000;
const LINE = "\u2500";

/** See the module's description. */
export class EntryRows {
  readonly #kept = new WeakMap<Entry, { readonly key: string; readonly rows: readonly Row[] }>();
  /** Of names and whatever else rows depend on that has no version of its own. */
  #generation = 0;

  /** Something that many rows depend on has changed. */
  forget(): void {
    this.#generation += 1;
  }

  /** @param newAfter id of the entry behind which everything is new */
  rows(
    entry: Entry,
    before: Entry | undefined,
    context: RowContext,
    newAfter: string | undefined,
  ): readonly Row[] {
    const setting = {
      isNewDay: before === undefined || dayOf(before.at) !== dayOf(entry.at),
      isFirstNew: before !== undefined && before.id === newAfter,
      isFollowing: follows(entry, before),
    };
    const { isNewDay, isFirstNew, isFollowing } = setting;
    const key =
      `${this.#generation} ${context.columns} ${entry.version} ${isNewDay} ${isFirstNew} ` +
      `${isFollowing} ${context.marked.join(" ")}`;
    const kept = this.#kept.get(entry);
    if (kept?.key === key) return kept.rows;
    const rows = [...separators(entry, setting, context), ...ownRows(entry, setting, context)];
    this.#kept.set(entry, { key, rows });
    return rows;
  }
}

function follows(entry: Entry, before: Entry | undefined): boolean {
  if (before?.kind !== "message" || entry.kind !== "message") return false;
  if (before.sender !== entry.sender || isEmote(before) || isEmote(entry)) return false;
  // A program that speaks for somebody is somebody else.
  if (readKind(before.content) !== readKind(entry.content)) return false;
  return entry.at - before.at < SAME_BREATH_MS;
}

function separators(entry: Entry, setting: Setting, { columns, theme }: RowContext): Row[] {
  const rows: Row[] = [];
  if (setting.isNewDay) {
    rows.push([{ text: ruled(longDayOf(entry.at), columns), style: theme.dim }]);
  }
  if (setting.isFirstNew) rows.push([{ text: ruled("new", columns), style: theme.called }]);
  return rows;
}

function ruled(text: string, columns: number): string {
  const rest = columns - text.length - 6;
  if (rest < 0) return text;
  return `${LINE.repeat(3)} ${text} ${LINE.repeat(rest)}`;
}

function ownRows(entry: Entry, setting: Setting, context: RowContext): readonly Row[] {
  if (entry.kind === "message") {
    const isFollowing = setting.isFollowing && !setting.isNewDay && !setting.isFirstNew;
    return messageRows(entry, context, isFollowing);
  }
  const { theme, columns } = context;
  const style = entry.tone === "fault" ? theme.warn : theme.dim;
  const lead = columns < 40 ? "" : "--".padStart(indentOf(columns) - 2) + "  ";
  return wrap(entry.text, Math.max(4, columns - lead.length - 1)).map(({ from, to }, at) => {
    const before = at === 0 ? lead : " ".repeat(lead.length);
    return [{ text: before + entry.text.slice(from, to), style }];
  });
}
