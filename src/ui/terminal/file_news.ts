/**
 * Files that go from client to client, in words: the offer, each quarter of the way, the end.
 *
 * @module
 */
import { visible } from "../../text.ts";
import type { SessionEvent } from "./session_event.ts";
import { sizeOf } from "./sizes.ts";
import { safeName } from "./wording.ts";

/** What is told of a file. */
export type FileEvent = Extract<SessionEvent, { kind: "file" }>;

/** A line, safe to show. */
export interface FileLine {
  readonly kind: "note" | "fault";
  readonly text: string;
}

/** See the module's description. Knows what it has said of each file. */
export class FileNews {
  readonly #quarters = new Map<string, number>();

  /** The line for what happened; undefined when it is not worth one. */
  line(event: FileEvent): FileLine | undefined {
    const { id, direction, state, path } = event;
    const name = safeName(event.name);
    const who = safeName(event.who.name);
    if (state !== "running") this.#quarters.delete(id);
    switch (state) {
      case "offered":
        return note(
          direction === "in"
            ? `${who} offers a file: ${name} (${sizeOf(event.size)}, ${
              safeName(event.mediaType)
            }). ` +
              `/file accept ${id} takes it, /file decline ${id} does not.`
            : `${name} is offered to ${who}. /file cancel ${id} takes that back.`,
        );
      case "running":
        return this.#running(
          event,
          direction === "in" ? `${name} from ${who}` : `${name} to ${who}`,
        );
      case "done":
        // What was sent is told as a message.
        return direction === "out"
          ? undefined
          : note(`Kept as ${path === undefined ? name : visible(path)}.`);
      case "failed":
        // Who sends is told by the sending.
        return direction === "out"
          ? undefined
          : { kind: "fault", text: `${name}: ${visible(event.text ?? "it did not come")}` };
    }
  }

  #running({ id, done, size }: FileEvent, what: string): FileLine | undefined {
    const quarter = size === 0 ? 0 : Math.floor(4 * done / size);
    if (quarter === 0 || quarter === 4 || quarter === this.#quarters.get(id)) return undefined;
    this.#quarters.set(id, quarter);
    return note(`${what}: ${25 * quarter} %.`);
  }
}

function note(text: string): FileLine {
  return { kind: "note", text };
}
