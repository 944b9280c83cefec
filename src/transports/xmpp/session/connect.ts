/**
 * One attempt to be there: every target in its order, until one is negotiated.
 *
 * @module
 */
import type { PeerCertificate } from "node:tls";
import type { Clock } from "../../../clock.ts";
import { webSocketTargets } from "../dial/host_meta.ts";
import { serviceTargets } from "../dial/service_records.ts";
import type { Target } from "../dial/target.ts";
import { XmppError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { certificateFault, isCertificateFault } from "../stream/certificate_fault.ts";
import { XmppStream } from "../stream/stream.ts";
import type { TlsSettings } from "../stream/tls.ts";
import { TokenRefused } from "./extended_login.ts";
import { negotiate, type Negotiated, type NegotiationOptions } from "./negotiate.ts";
import type { SessionOptions } from "./options.ts";
import type { Entry } from "./outbox.ts";

/** A negotiated connection. */
export interface Connected {
  readonly stream: XmppStream;
  readonly negotiated: Negotiated<Entry>;
}

/** What an attempt takes. */
export interface Attempt {
  readonly session: SessionOptions;
  readonly negotiation: NegotiationOptions<Entry>;
}

/** What reaching a server takes. */
export type Reaching = Pick<
  SessionOptions,
  "domain" | "target" | "tls" | "resolve" | "random" | "fetch" | "clock"
>;

/**
 * Connects and negotiates.
 *
 * @throws {XmppError} of the target that came furthest
 */
export async function connect(
  { session, negotiation }: Attempt,
  signal: AbortSignal,
): Promise<Connected> {
  return await reach(session, signal, async (stream) => ({
    stream,
    negotiated: await timed(
      LIMITS.negotiationMs,
      session.clock,
      signal,
      (limit) => negotiate(stream, negotiation, limit),
    ),
  }));
}

/**
 * Does something on a stream to the domain's server: tries every target until one answers.
 *
 * @throws {XmppError} of the target that came furthest
 */
export async function reach<T>(
  session: Reaching,
  signal: AbortSignal,
  action: (stream: XmppStream) => Promise<T>,
): Promise<T> {
  let failure: unknown;
  for await (const target of targets(session, signal)) {
    signal.throwIfAborted();
    try {
      return await at(target, session, signal, action);
    } catch (error) {
      signal.throwIfAborted();
      // Who has answered decides: nobody else of the domain knows another password.
      if (!isUnreachable(error)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? new XmppError(
    "xmpp/unreachable",
    `Cannot reach ${session.domain}: it says that \
it has no XMPP server`,
  );
}

/** The addresses of the domain, a WebSocket last. */
async function* targets(
  { target, domain, resolve, random, fetch, clock }: Reaching,
  signal: AbortSignal,
): AsyncGenerator<Target> {
  if (target !== undefined) return yield target;
  yield* await serviceTargets(domain, { resolve, random, clock }, signal);
  yield* await timed(
    LIMITS.connectMs,
    clock,
    signal,
    (limit) => webSocketTargets(domain, fetch, limit),
  );
}

async function at<T>(
  { service }: Target,
  session: Reaching,
  signal: AbortSignal,
  action: (stream: XmppStream) => Promise<T>,
): Promise<T> {
  const { domain, tls = {}, clock } = session;
  try {
    const stream = await timed(
      LIMITS.connectMs,
      clock,
      signal,
      (limit) => XmppStream.connect(service, { domain, tls, clock }, limit),
    );
    try {
      return await action(stream);
    } catch (error) {
      stream.destroy();
      if (error instanceof TokenRefused) return await at({ service }, session, signal, action);
      throw error;
    }
  } catch (error) {
    if (error instanceof XmppError || !isCertificateFault(error)) throw error;
    const shown = await look(service, session, signal);
    throw certificateFault(domain, error, shown, clock.now());
  }
}

/**
 * The certificate that was refused, seen on a connection on which nothing else is said: the runtime
 * gives the reason alone, and an expired certificate the wrong one.
 */
async function look(
  service: string,
  { domain, tls = {}, clock }: Reaching,
  signal: AbortSignal,
): Promise<PeerCertificate | undefined> {
  // Any fingerprint takes the place of the check, and none of them fits: see `checkPins`.
  const nobody: TlsSettings = { ...tls, pins: ["00"] };
  let seen: PeerCertificate | undefined;
  try {
    await timed(LIMITS.connectMs, clock, signal, async (limit) => {
      const stream = await XmppStream.connect(
        service,
        { domain, tls: nobody, clock, shown: (certificate) => seen = certificate },
        limit,
      );
      try {
        await stream.open(limit);
        await stream.encrypt(limit);
      } finally {
        stream.destroy();
      }
    });
  } catch {
    // It always ends like this; what was seen until then is what was wanted.
    signal.throwIfAborted();
  }
  return seen;
}

/** Runs something that must not take longer than `ms`. @throws {XmppError} `xmpp/timeout` */
export async function timed<T>(
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  action: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.after(ms, () => {
    late.abort(new XmppError("xmpp/timeout", `Cannot go on: the server takes more than ${ms} ms`));
  });
  try {
    return await action(AbortSignal.any([signal, late.signal]));
  } finally {
    timer.cancel();
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof XmppError &&
    (error.code === "xmpp/unreachable" || error.code === "xmpp/timeout");
}
