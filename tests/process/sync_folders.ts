/** Data folders that share a bucket: what is said in them and what they hold. */
import { openHistory } from "../../src/history/open.ts";

export const LOBBY = "lobby";

/** Puts messages into a data folder that no server has. */
export async function say(
  dir: string,
  node: string,
  texts: readonly string[],
  room: string = LOBBY,
): Promise<void> {
  const history = await openHistory({ dir, node: () => Promise.resolve(node) });
  await Promise.all(texts.map((body) =>
    history.append({
      ...{ room, sender: `ann@${node}`, type: "m.room.message" },
      content: { body, msgtype: "m.text" },
    })
  ));
  await history.close();
}

/** What a data folder that no server has holds. */
export async function textsOf(dir: string, room: string = LOBBY): Promise<string[]> {
  const history = await openHistory({ dir });
  try {
    const texts: string[] = [];
    for (let from = 0; from < history.room(room).next;) {
      const page = await history.read(room, from, 1_000);
      for (const { event } of page) texts.push(event.content.body ?? "");
      from = (page.at(-1)?.offset ?? Infinity) + 1;
    }
    return texts.sort();
  } finally {
    await history.close();
  }
}

/** Texts with ascending numbers. */
export const numbered = (name: string, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `${name} ${String(from + at).padStart(3, "0")}`);
