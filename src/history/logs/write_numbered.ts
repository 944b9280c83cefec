/**
 * Numbered files, see `numbered.ts` for the lines: a conversation that was closed goes on in the
 * next one.
 *
 * @module
 */
import { spelledName } from "./folder_names.ts";
import { bodyOf } from "./write_daily.ts";
import type { OpenLog, WrittenFormat } from "./write_format.ts";
import { clockOf, type Conversation, dayOf, type WrittenMessage } from "./written.ts";

const MOST = 999_999;
/** What a desk's person writes at the end. */
const CLOSING = "closing ticket";

/** `logs/me/bob_at_example.com/2026-11-20_001.txt` */
export const numberedFormat: WrittenFormat = {
  path,
  head: () => "",
  line: (message) =>
    `(${dayOf(message.time)} ${clockOf(message.time)}) ${speaker(message)}: ${bodyOf(message)}\n`,
  closes: ({ from, body }) => from === "self" && body.toLowerCase().includes(CLOSING),
};

async function path(
  { account, peer }: Conversation,
  { time }: WrittenMessage,
  open: OpenLog | undefined,
  exists: (path: string) => Promise<boolean>,
): Promise<string> {
  const folder = `logs/${spelledName(account)}/${spelledName(peer)}`;
  const day = dayOf(time);
  const name = (number: number) => `${folder}/${day}_${String(number).padStart(3, "0")}.txt`;
  const current = open !== undefined && open.path.startsWith(`${folder}/${day}_`);
  if (current && !open.isClosed) return open.path;
  // After a restart the day's conversation goes on in the next number: whether it was closed is not
  // told by the file.
  let number = 1;
  while (number < MOST && await exists(name(number))) number++;
  return name(number);
}

function speaker({ from, name }: WrittenMessage): string {
  return from === "self" ? "Me" : from === "bot" ? "AI Bot" : name;
}
