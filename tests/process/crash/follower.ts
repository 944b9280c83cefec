/**
 * Follows rooms across the lives of a server by resuming, and holds it to what a resume promises:
 * every event once, in the order of its offset.
 *
 * @module
 */
import assert from "node:assert/strict";
import { eventually } from "../../harness/eventually.ts";
import type { ServerProcess } from "../../harness/server_process.ts";

/** An event as the follower saw it. */
export interface Seen {
  readonly id: string;
  readonly body: string;
}

interface EventFrame {
  readonly room: string;
  readonly offset: number;
  readonly event: { readonly event_id: string; readonly content: { readonly body: string } };
}

/** See the module's description. */
export class Follower {
  readonly #token: string;
  /** Per room, the events by offset, without a gap. */
  readonly rooms: ReadonlyMap<string, Seen[]>;
  readonly faults: string[] = [];
  #epoch: string | undefined;
  #socket: WebSocket | undefined;
  /** Per room of this connection, the offset that a resume has to reach. */
  #promised = new Map<string, number>();

  constructor(token: string, rooms: readonly string[]) {
    this.#token = token;
    this.rooms = new Map(rooms.map((room) => [room, []]));
  }

  /** Connects; resolves when the connection is over. */
  follow(server: ServerProcess): Promise<void> {
    const socket = new WebSocket(server.ws, "chatnode.v1");
    this.#socket = socket;
    this.#promised = new Map();
    socket.onopen = () => socket.send(JSON.stringify(this.#hello()));
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)));
    return new Promise((resolve) => socket.onclose = () => resolve());
  }

  /** Waits until everything that was there at the last connect has come, then leaves. */
  async catchUp(): Promise<void> {
    await eventually("the follower has caught up", () => {
      this.check();
      return this.#promised.size === this.rooms.size &&
        [...this.#promised].every(([room, next]) => (this.rooms.get(room)?.length ?? 0) >= next);
    });
    this.#socket?.close();
  }

  /** @throws {assert.AssertionError} what the server did wrong so far */
  check(): void {
    assert.deepEqual(this.faults, []);
  }

  #hello() {
    const rooms = [...this.rooms].map(([room, { length: offset }]) => ({ room, offset }));
    return { type: "hello", token: this.#token, rooms, epoch: this.#epoch ?? "unknown" };
  }

  #take(frame: { readonly type: string } & Record<string, unknown>): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcome(String(frame["epoch"]));
      case "joined":
        return this.#joined(frame);
      case "event":
        return this.#event(frame as unknown as EventFrame);
      case "error":
        this.faults.push(`an error: ${JSON.stringify(frame)}`);
    }
  }

  #welcome(epoch: string): void {
    if (this.#epoch !== undefined && epoch !== this.#epoch) {
      this.faults.push("the epoch has changed");
    }
    this.#epoch = epoch;
  }

  #joined({ room, next, recovered }: Record<string, unknown>): void {
    const seen = this.rooms.get(String(room))?.length ?? 0;
    // A room without events cannot be resumed before its first one.
    if (recovered !== true && Number(next) > seen) {
      this.faults.push(`${room} was not recovered from ${seen}, it is at ${next}`);
    }
    this.#promised.set(String(room), Number(next));
  }

  #event({ room, offset, event }: EventFrame): void {
    const events = this.rooms.get(room);
    if (events === undefined) return void this.faults.push(`an event of ${room} came`);
    if (offset !== events.length) {
      this.faults.push(`offset ${offset} of ${room} came instead of ${events.length}`);
    }
    events.push({ id: event.event_id, body: event.content.body });
  }
}
