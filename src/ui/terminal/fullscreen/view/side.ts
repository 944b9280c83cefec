/**
 * The list at the side: accounts, and under each its conversations with what waits in them.
 *
 * @module
 */
import { truncated, width } from "../../../../text.ts";
import type { Account } from "../model/account.ts";
import type { Conversation } from "../model/conversation.ts";
import { type Row, type Span, styled } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";

/** One conversation of one account. */
export interface Place {
  readonly account: Account;
  readonly conversation: Conversation;
}

/** Everything that can be gone to, in the order of the list. */
export function placesOf(accounts: readonly Account[]): readonly Place[] {
  return accounts.flatMap((account) =>
    sorted(account).map((conversation) => ({ account, conversation }))
  );
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

/** The rows, so many that the one that is looked at is among them. */
export function sideRows(
  accounts: readonly Account[],
  current: Conversation | undefined,
  size: { readonly columns: number; readonly rows: number },
  theme: Theme,
): readonly Row[] {
  const rows: Row[] = [];
  let at = 0;
  for (const account of accounts) {
    if (rows.length > 0) rows.push([]);
    rows.push(accountRow(account, size.columns, theme));
    for (const conversation of sorted(account)) {
      if (conversation === current) at = rows.length;
      rows.push(conversationRow(account, conversation, conversation === current, size, theme));
    }
  }
  const from = Math.max(0, Math.min(at - Math.floor(size.rows / 2), rows.length - size.rows));
  return rows.slice(from, from + size.rows);
}

function accountRow(account: Account, columns: number, theme: Theme): Row {
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
  isCurrent: boolean,
  { columns }: { readonly columns: number },
  theme: Theme,
): Row {
  const { unread, calls } = conversation;
  const base = isCurrent ? theme.chosen : unread > 0 ? theme.bold : "";
  const count = unread === 0 ? "" : ` ${unread > 999 ? "999+" : unread}${calls > 0 ? "!" : ""}`;
  const room = columns - 2 - width(count);
  const name = truncated(account.titleOf(conversation), Math.max(1, room));
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
  if (peer === undefined) return { text: "# ", style: styled(base, theme.dim) };
  const show = account.names.presenceOf(peer)?.show;
  switch (show) {
    case "online":
      return { text: `${CONNECTED} `, style: styled(base, theme.good) };
    case "away":
    case "busy":
      return { text: `${CONNECTED} `, style: styled(base, theme.warn) };
    default:
      return { text: `${NOT_CONNECTED} `, style: styled(base, theme.dim) };
  }
}
