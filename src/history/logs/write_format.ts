/**
 * How a conversation is written to files for people and for the programs they had before.
 *
 * @module
 */
import type { Conversation, WrittenMessage } from "./written.ts";

/** The formats that can be written. */
export const WRITTEN_FORMATS = ["daily", "numbered", "pidgin-text", "pidgin-html"] as const;
export type WrittenFormatName = (typeof WRITTEN_FORMATS)[number];

/** What a conversation's latest file is. */
export interface OpenLog {
  /** Relative to the folder of all logs, `/` between its parts. */
  readonly path: string;
  /** When its last message was said. */
  readonly last: Temporal.ZonedDateTime;
  /** Whether that message says that no more comes. */
  readonly isClosed: boolean;
}

/** One format. Texts are written as they are, UTF-8. */
export interface WrittenFormat {
  /**
   * The file that a message belongs to, relative to the folder of all logs.
   *
   * @param open the conversation's latest file of this run, undefined at first
   * @param exists whether there is such a file already
   */
  path(
    conversation: Conversation,
    message: WrittenMessage,
    open: OpenLog | undefined,
    exists: (path: string) => Promise<boolean>,
  ): Promise<string>;
  /** What stands at the beginning of a new file. */
  head(conversation: Conversation, first: WrittenMessage): string;
  /**
   * A message with its line end.
   *
   * @param now the log's time, since some formats write old messages in another way
   */
  line(message: WrittenMessage, now: Temporal.ZonedDateTime): string;
  /** Whether the message is the last one of its file. */
  closes(message: WrittenMessage): boolean;
}
