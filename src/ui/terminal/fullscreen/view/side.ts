/**
 * The list at the side: accounts, and under each its conversations with what waits in them.
 *
 * @module
 */
import { truncated, width } from "../../../../text.ts";
import type { Account } from "../model/account.ts";
import type { Conversation } from "../model/conversation.ts";
import { over, type Row, type Span } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";

/** One conversation of one account. */
export interface Place {
  readonly account: Account;
  readonly conversation: Conversation;
}

/** Everything that can be gone to, in the order of the list. */
export function placesOf(accounts: readonly Account[]): readonly Place[] {
  return accounts.flatMap((account) => {
    const { talks, quiet } = grouped(account);
    return [...talks, ...quiet].map((conversation) => ({ account, conversation }));
  });
}

/** What is talked about, and below it the contacts with whom nothing was said yet. */
function grouped(account: Account): {
  readonly talks: readonly Conversation[];
  readonly quiet: readonly Conversation[];
} {
  const all = sorted(account);
  return {
    talks: all.filter((conversation) => !account.isQuiet(conversation)),
    quiet: all.filter((conversation) => account.isQuiet(conversation)),
  };
}

/** Rooms first, each kind by name. */
function sorted(account: Account): readonly Conversation[] {
  const keyed = [...account.conversations.values()].map((conversation) => ({
    conversation,
    key: `${account.isPersonal(conversation) ? 1 : 0}${
      account.titleOf(conversation).toLowerCase()
    }`,
  }));
  return keyed.sort((a, b) => a.key < b.key ? -1 : 1).map(({ conversation }) => conversation);
}

const CONNECTED = "\u25cf";
const NOT_CONNECTED = "\u25cb";

/** What the list is drawn with. */
interface Look {
  readonly columns: number;
  readonly current: Conversation | undefined;
  readonly theme: Theme;
}

/** The rows, so many that the one that is looked at is among them. */
export function sideRows(
  accounts: readonly Account[],
  current: Conversation | undefined,
  size: { readonly columns: number; readonly rows: number },
  theme: Theme,
): readonly Row[] {
  const look = { columns: size.columns, current, theme };
  const rows: Row[] = [];
  let at = 0;
  for (const account of accounts) {
    if (rows.length > 0) rows.push([]);
    rows.push(accountRow(account, look));
    const { talks, quiet } = grouped(account);
    for (const conversation of talks) {
      if (conversation === current) at = rows.length;
      rows.push(conversationRow(account, conversation, look));
    }
    if (quiet.length > 0) rows.push([{ text: "  contacts", style: theme.dim }]);
    for (const conversation of quiet) {
      if (conversation === current) at = rows.length;
      rows.push(conversationRow(account, conversation, look));
    }
  }
  const from = Math.max(0, Math.min(at - Math.floor(size.rows / 2), rows.length - size.rows));
  return rows.slice(from, from + size.rows);
}

function accountRow(account: Account, { columns, theme }: Look): Row {
  const isOnline = account.connection === "online";
  const mark = isOnline ? CONNECTED : NOT_CONNECTED;
  return [
    { text: `${mark} `, style: isOnline ? theme.good : theme.warn },
    { text: truncated(account.label, columns - 2), style: theme.bold },
  ];
}

function conversationRow(
  account: Account,
  conversation: Conversation,
  { columns, current, theme }: Look,
): Row {
  const { unread, calls } = conversation;
  const isCurrent = conversation === current;
  const rest = account.isQuiet(conversation) ? theme.dim : "";
  const base = isCurrent ? theme.chosen : unread > 0 ? theme.bold : rest;
  const count = unread === 0 ? "" : ` ${unread > 999 ? "999+" : unread}${calls > 0 ? "!" : ""}`;
  const room = columns - 2 - width(count);
  const name = truncated(account.shortTitleOf(conversation), Math.max(1, room));
  const space = " ".repeat(Math.max(0, room - width(name)));
  const weight = calls > 0 && !isCurrent ? theme.called : base;
  return [
    markOf(account, conversation, base, theme),
    { text: `${name}${space}`, style: base },
    { text: count, style: weight },
  ];
}

/** `#` for a room; for a person, whether they are there. */
function markOf(account: Account, conversation: Conversation, base: string, theme: Theme): Span {
  const peer = account.peerOf(conversation);
  if (peer === undefined) return { text: "# ", style: over(base, theme.dim) };
  const show = account.names.presenceOf(peer)?.show;
  switch (show) {
    case "online":
      return { text: `${CONNECTED} `, style: over(base, theme.good) };
    case "away":
    case "busy":
      return { text: `${CONNECTED} `, style: over(base, theme.warn) };
    default:
      return { text: `${NOT_CONNECTED} `, style: over(base, theme.dim) };
  }
}
