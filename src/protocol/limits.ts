/** Bounds of `chatnode.v1` that hold on every transport; `docs/protocol.md` states them. */
export const PROTOCOL_LIMITS = {
  /** One frame of a client, bytes, unless the operator chose another bound. */
  frameBytes: 1024 * 1024,
  /** A `ref`, UTF-16 units. */
  refLength: 64,
  /** A password, UTF-16 units. */
  passwordLength: 1_024,
  /** A client's or a person's name, UTF-16 units. */
  clientLength: 100,
  /** A room or an address as it is typed, UTF-16 units. */
  nameLength: 800,
  /** An event's id, UTF-16 units. */
  idLength: 512,
  /** A search text or a command, UTF-16 units. */
  queryLength: 4_096,
  /** A search cursor, UTF-16 units. */
  cursorLength: 1_024,
  /** Events of one page of history. */
  historyEvents: 200,
  /** Hits of one page of results. */
  searchHits: 50,
  /** Events in one `page` or `results` frame stop here, bytes, unless a single one is larger. */
  answerBytes: 1024 * 1024,
  /** How long a client may take to say hello, milliseconds. */
  helloMs: 10_000,
  /** Frames that may come before hello is answered. */
  earlyFrames: 256,
  /** Requests being answered at which the server stops reading. */
  busyRequests: 128,
} as const;
