/**
 * What stands in a conversation in which nothing was said yet: for those who are here for the first
 * time, how to get around.
 *
 * @module
 */
import { width } from "../../../../text.ts";
import type { Row } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";
import { wrap } from "../paint/wrap.ts";
import type { Place } from "./side.ts";

const TIPS: readonly (readonly [keys: string, does: string])[] = [
  ["Alt-Down, Alt-Up", "the next conversation, the one before"],
  ["/chat NAME", "talk to somebody; Tab completes names"],
  ["/join ROOM", "go into a room"],
  ["F1", "all keys and commands"],
];
const KEYS_COLUMNS = 18;

/** The rows, at most `height`; none while it is not known that there is nothing. */
export function hintRows(
  { account, conversation }: Place,
  columns: number,
  height: number,
  theme: Theme,
): readonly Row[] {
  if (account.connection === "connecting") return said(["Connecting\u2026"], columns, theme);
  if (conversation.earlier !== "none") return [];
  const isOwn = account.you !== undefined && account.peerOf(conversation) === account.you;
  const [first] = account.conversations.values();
  const rows = said(
    [isOwn ? "Notes to yourself, on all your devices." : "Nothing was said here yet."],
    columns,
    theme,
  );
  const tips = conversation === first ? [[], ...tipRows(columns, theme)] : [];
  return rows.length + tips.length <= height ? [...rows, ...tips] : rows.slice(0, height);
}

/** Below each other where they do not fit beside each other. */
function tipRows(columns: number, theme: Theme): readonly Row[] {
  const widest = TIPS.reduce((most, [, does]) => Math.max(most, width(does)), 0);
  if (columns < KEYS_COLUMNS + widest + 3) {
    return said(TIPS.map(([keys, does]) => `${keys}: ${does}`), columns, theme);
  }
  return TIPS.map(([keys, does]) => [
    { text: `  ${keys.padEnd(KEYS_COLUMNS)}`, style: "" },
    { text: does, style: theme.dim },
  ]);
}

function said(texts: readonly string[], columns: number, theme: Theme): readonly Row[] {
  return texts.flatMap((text) =>
    wrap(text, Math.max(4, columns - 3)).map(({ from, to }): Row => [
      { text: `  ${text.slice(from, to)}`, style: theme.dim },
    ])
  );
}
