/**
 * What a name server says, in the form of RFC 1035, 4: as much of it as tests need, wrong forms
 * included.
 *
 * @module
 */

/** Types of records. */
export const TYPES = { A: 1, CNAME: 5, SRV: 33 } as const;

/** What is asked. */
export interface Question {
  /** In lower case, without the last dot. */
  readonly name: string;
  readonly type: number;
  /** The bytes of the header's id and of the question. */
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A record of an answer; of the name that was asked for unless `of` names another. */
export interface DnsRecord {
  readonly of?: string;
  readonly type: number;
  readonly data: Uint8Array;
}

/** What is answered. */
export interface Reply {
  readonly records?: readonly DnsRecord[];
  /** 0 unless told; 2 is SERVFAIL, 3 NXDOMAIN. */
  readonly code?: number;
  /** Says that there is more, over TCP. */
  readonly isCut?: boolean;
}

const HEADER_BYTES = 12;
/** An answer, by whoever has the say. */
const FLAGS_ANSWER = 0x8400;
const FLAG_CUT = 0x0200;
const TTL_SECONDS = 60;

/** A name as bytes; a label may hold anything, `\.` is a dot within one. */
export function nameBytes(name: string): Uint8Array {
  const labels = name.replace(/\.$/, "").split(/(?<!\\)\./).filter((label) => label !== "");
  const encoder = new TextEncoder();
  const bytes = labels.flatMap((label) => {
    const text = encoder.encode(label.replaceAll("\\.", "."));
    return [text.length, ...text];
  });
  return new Uint8Array([...bytes, 0]);
}

/** A SRV record (RFC 2782). */
export function srv(
  target: string | Uint8Array,
  { priority = 0, weight = 0, port = 5222, of }: {
    readonly priority?: number;
    readonly weight?: number;
    readonly port?: number;
    readonly of?: string;
  } = {},
): DnsRecord {
  const name = typeof target === "string" ? nameBytes(target) : target;
  const data = new Uint8Array([...[priority, weight, port].flatMap(word), ...name]);
  return { ...(of === undefined ? {} : { of }), type: TYPES.SRV, data };
}

/** Says that a name is called otherwise. */
export function cname(target: string, of?: string): DnsRecord {
  return { ...(of === undefined ? {} : { of }), type: TYPES.CNAME, data: nameBytes(target) };
}

/** Reads the question of a query. */
export function readQuestion(message: Uint8Array): Question {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(new TextDecoder().decode(message.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  const end = at + 5;
  return {
    name: labels.join(".").toLowerCase(),
    type: ((message[at + 1] ?? 0) << 8) | (message[at + 2] ?? 0),
    id: ((message[0] ?? 0) << 8) | (message[1] ?? 0),
    bytes: message.slice(HEADER_BYTES, end),
  };
}

/** A whole answer to a question. */
export function replyBytes(
  { id, bytes }: Question,
  { records = [], code = 0, isCut = false }: Reply,
): Uint8Array {
  const flags = FLAGS_ANSWER | (isCut ? FLAG_CUT : 0) | code;
  const parts: Uint8Array[] = [
    new Uint8Array([id, flags, 1, records.length, 0, 0].flatMap(word)),
    bytes,
    ...records.flatMap(({ of, type, data }) => [
      // The name that was asked for stands right behind the header.
      of === undefined ? new Uint8Array([0xc0, HEADER_BYTES]) : nameBytes(of),
      new Uint8Array([...word(type), ...word(1), 0, 0, ...word(TTL_SECONDS), ...word(data.length)]),
      data,
    ]),
  ];
  return joined(parts);
}

/** Two bytes, the higher one first. */
export function word(value: number): [number, number] {
  return [(value >> 8) & 0xff, value & 0xff];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
