/**
 * What trust was asked about the lines of an object that are held, and what it answered. As long as
 * the answers are the same nothing of the object can be let in: it need not be fetched again.
 *
 * @module
 */
import type { Address, ChatEvent, RoomId } from "../../../message/event.ts";
import type { Signers } from "../trust/contract.ts";
import type { VerificationPolicy } from "./contract.ts";

/** Who is asked, and what is decided by settings. */
export interface Authority {
  readonly signers: Signers;
  readonly policy: Pick<VerificationPolicy, "unknownKeys">;
}

/** One question, and the answer that did not let a line in. */
export interface Doubt {
  readonly room: RoomId;
  readonly sender: Address;
  /** Absent: which keys were bound to the sender by hand. */
  readonly device?: string;
  readonly answer: string;
}

/**
 * Questions that are remembered of one object. The answer about a device is the same for all senders
 * of a node, and a person's device names no more senders than this.
 */
const MOST_DOUBTS = 8;

/** The doubts about one object. */
export class Doubts {
  readonly #doubts = new Map<string, Doubt>();
  #isFull = false;

  /** Every question once; `"any"` when there were more of them than are remembered. */
  get all(): readonly Doubt[] | "any" {
    return this.#isFull ? "any" : Array.from(this.#doubts.values());
  }

  /** Takes note of what trust says about an event now. */
  add(event: ChatEvent, authority: Authority): void {
    const { room_id: room, sender_id: sender, content: { chatnode } } = event;
    const name = `${chatnode?.device ?? ""}\n${sender}`;
    if (this.#doubts.has(name)) return;
    if (this.#doubts.size === MOST_DOUBTS) {
      this.#isFull ||= chatnode === undefined;
      return;
    }
    const asked = { room, sender, ...(chatnode === undefined ? {} : { device: chatnode.device }) };
    this.#doubts.set(name, { ...asked, answer: answerTo(asked, authority) });
  }
}

/** Whether trust answers otherwise now, so that something may be let in. */
export function isSettled(doubt: Doubt, authority: Authority): boolean {
  return answerTo(doubt, authority) !== doubt.answer;
}

function answerTo(
  { device, sender, room }: Omit<Doubt, "answer">,
  { signers, policy }: Authority,
): string {
  if (device !== undefined) return signers.verdict(device, sender, room).kind;
  const { keys, claimed } = signers.keysOf(sender);
  return [
    policy.unknownKeys,
    claimed ? "claimed" : "free",
    ...keys.map(({ publicKey }) => publicKey).sort(),
  ].join(" ");
}
