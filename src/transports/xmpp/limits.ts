/**
 * Bounds of an XMPP session. Sizes are UTF-16 code units of a stream's text unless told otherwise,
 * times milliseconds.
 */
export const LIMITS = {
  /** One stanza. Servers allow clients 64 KiB to 512 KiB; avatars and archives come in between. */
  stanza: 1024 * 1024,
  /** One element before the login: nobody is trusted yet. */
  negotiation: 64 * 1024,
  /** Nesting of elements within a stanza. A form in a command in an event has ten. */
  depth: 64,
  /** Elements that came during the negotiation and were not looked at. */
  inbox: 32,
  /** Stanzas that were sent and not acknowledged; more wait in the outbox. */
  inFlight: 500,
  /** Stanzas in the outbox, those in flight included. */
  outbox: 10_000,
  /** Text in the outbox. */
  outboxText: 16 * 1024 * 1024,
  /** Bytes that a socket may hold back before nothing more is written to it. */
  socketBytes: 256 * 1024,
  /** Messages that are remembered, so that none counts twice. */
  remembered: 10_000,
  /** Requests of ours that wait for an answer. */
  requests: 1_000,
  /** Requests of others that are being answered: 64, and 16 blocks of each of 16 files. */
  answering: 64 + 16 * 16,
  /** From the first packet until the session is there. */
  negotiationMs: 30_000,
  /** The records of one name. */
  lookupMs: 5_000,
  /** One address among several. */
  connectMs: 10_000,
  /** An answer to a request. */
  requestMs: 30_000,
  /** Nothing was heard for so long: the server is asked. */
  quietMs: 60_000,
  /** An answer to that, or an acknowledgement. */
  ackMs: 20_000,
  /** A polite end. */
  closeMs: 3_000,
  /** Bounds of the back-off. */
  backOffFirstMs: 500,
  backOffMostMs: 60_000,
  /** SCRAM: fewer iterations make guessing cheap, more would be an attack on us. */
  iterationsLeast: 4_096,
  iterationsMost: 10_000_000,
} as const;
