/**
 * The rows above and below the messages: where one is, and how things stand.
 *
 * @module
 */
import { printable, truncated } from "../../../../text.ts";
import { safeName } from "../../wording.ts";
import type { Account } from "../model/account.ts";
import type { Conversation } from "../model/conversation.ts";
import { over, type Row, type Span, spread, styled } from "../paint/row.ts";
import type { Theme } from "../paint/theme.ts";
import type { Place } from "./side.ts";

const CONNECTED = "\u25cf";
const NOT_CONNECTED = "\u25cb";
/** Names of those who write; more are counted. */
const TYPING_MOST = 3;

/** What the bar below tells besides the account. */
export interface BarNews {
  readonly now: number;
  /** Entries below what is seen. */
  readonly below: number;
  /** Something that goes on, such as a file on its way. */
  readonly progress: string | undefined;
  /** What waits elsewhere. */
  readonly elsewhere: { readonly unread: number; readonly calls: number };
}

/** The row above: what the conversation is called, what it is about, who is there. */
export function titleRow(place: Place | undefined, columns: number, theme: Theme): Row {
  const { bar, barDim } = theme;
  if (place === undefined) return spread([{ text: " chatnode", style: bar }], [], columns, bar);
  const { account, conversation } = place;
  const title = account.titleOf(conversation);
  const isPersonal = account.isPersonal(conversation);
  const left: Span[] = [{ text: ` ${title}`, style: styled(bar, theme.bold) }];
  const about = isPersonal ? presenceText(place) : topicText(conversation);
  if (about !== "") left.push({ text: `  ${about}`, style: barDim });
  const { members } = conversation.summary;
  const people = isPersonal || members === 0 ? "" : `  ${members} here `;
  return spread(left, [{ text: people, style: barDim }], columns, bar);
}

function topicText({ summary: { topic } }: Conversation): string {
  return topic === undefined ? "" : truncated(printable(topic).replaceAll(/\s+/g, " "), 200);
}

function presenceText({ account, conversation }: Place): string {
  const peer = account.peerOf(conversation);
  const presence = peer === undefined ? undefined : account.names.presenceOf(peer);
  if (presence === undefined) return "";
  const text = presence.text === undefined
    ? ""
    : `, ${truncated(printable(presence.text).replaceAll(/\s+/g, " "), 200)}`;
  return `${presence.show}${text}`;
}

/** The row below: the account, who writes, what waits. */
export function statusRow(
  place: Place | undefined,
  news: BarNews,
  columns: number,
  theme: Theme,
): Row {
  const { bar, barDim } = theme;
  const left: Span[] = place === undefined ? [] : accountSpans(place.account, theme);
  const typing = place === undefined ? "" : typingText(place, news.now);
  if (typing !== "") left.push({ text: `  ${typing}`, style: barDim });
  if (news.progress !== undefined) left.push({ text: `  ${news.progress}`, style: barDim });
  return spread(left, newsSpans(news, theme), columns, bar);
}

function accountSpans(account: Account, theme: Theme): Span[] {
  const { bar, barDim } = theme;
  const isOnline = account.connection === "online";
  const status = account.session?.status?.current;
  const state = isOnline
    ? (status === undefined || status === "available" ? "" : ` ${status}`)
    : ` ${account.connection}${account.waiting > 0 ? `, ${account.waiting} unsent` : ""}`;
  return [
    {
      text: ` ${isOnline ? CONNECTED : NOT_CONNECTED}`,
      style: over(bar, isOnline ? theme.good : theme.warn),
    },
    { text: ` ${account.label}`, style: bar },
    { text: state, style: isOnline ? barDim : over(bar, theme.warn) },
    {
      text: account.warning === undefined ? "" : ` ${account.warning}`,
      style: over(bar, theme.warn),
    },
  ];
}

function newsSpans({ below, elsewhere }: BarNews, theme: Theme): Span[] {
  const spans: Span[] = [];
  if (below > 0) spans.push({ text: `\u2193 ${below} more  `, style: theme.bar });
  if (elsewhere.unread > 0) {
    const style = elsewhere.calls > 0 ? over(theme.bar, theme.called) : theme.barDim;
    spans.push({ text: `${elsewhere.unread} unread`, style }, { text: " ", style: theme.bar });
  }
  return spans;
}

function typingText({ conversation }: Place, now: number): string {
  const names = conversation.typing(now).map(({ name }) => safeName(name));
  if (names.length === 0) return "";
  if (names.length > TYPING_MOST) return `${names.length} people are typing\u2026`;
  return `${names.join(", ")} ${names.length === 1 ? "is" : "are"} typing\u2026`;
}
