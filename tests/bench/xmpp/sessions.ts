/**
 * XMPP sessions of chatnode in one process, told what to do by lines of JSON on stdin:
 *
 *     {"do":"again"}                        the first session anew: {"ms":..}
 *     {"do":"expect","count":N}             {"ok":true}, and after N messages {"last":..,"missed":..}
 *     {"do":"send","to":JID,"count":N}      {"first":..}; times are milliseconds since the epoch
 *
 * Its argument is {@linkcode SessionsConfig}; a first line tells that all are online.
 * `peers/slixmpp_sessions.py` does the same.
 *
 * @module
 */
import { systemClock } from "../../../src/clock.ts";
import { tcpTarget } from "../../../src/transports/xmpp/dial/target.ts";
import { FEATURES } from "../../../src/transports/xmpp/features/all.ts";
import type { FeatureEvent } from "../../../src/transports/xmpp/features/feature.ts";
import { type MessageEvent, messages } from "../../../src/transports/xmpp/features/messages.ts";
import { type SessionNews, XmppSession } from "../../../src/transports/xmpp/session/session.ts";
import { linesOf } from "../lines.ts";
import { textNumbered } from "../texts.ts";

/** What the program is started with. */
export interface SessionsConfig {
  /** STARTTLS, on 127.0.0.1. */
  readonly port: number;
  /** A file with the authority's certificate. */
  readonly ca: string;
  /** Accounts on `localhost`. */
  readonly accounts: readonly { readonly name: string; readonly password: string }[];
}

type Told = SessionNews | FeatureEvent;
type Account = SessionsConfig["accounts"][number];

/** What is waited for. */
interface Expected {
  readonly count: number;
  next: number;
  missed: number;
}

const config = JSON.parse(Deno.args[0] ?? "{}") as SessionsConfig;
const ca = Deno.readTextFileSync(config.ca);
let expected: Expected | undefined;

/** Resolves with the session once it is there. */
function open({ name, password }: Account): Promise<XmppSession> {
  const { promise, resolve, reject } = Promise.withResolvers<XmppSession>();
  const session = new XmppSession({
    domain: "localhost",
    credentials: { kind: "password", username: name, password },
    target: tcpTarget("starttls", "127.0.0.1", config.port),
    tls: { ca },
    features: FEATURES,
    software: "chatnode/bench",
    resolve: () => Promise.reject(new Error("no names are looked up")),
    fetch: () => Promise.reject(new Error("nothing is fetched")),
    clock: systemClock,
    random: Math.random,
    uuid: () => crypto.randomUUID(),
  }, (event: Told) => {
    if (event.kind === "online") resolve(session);
    else if (event.kind === "ended") reject((event as SessionNews & { error?: Error }).error);
    else if (event.kind === "message") take(event as MessageEvent);
  });
  session.start();
  return promise;
}

function take({ message: { body } }: MessageEvent): void {
  if (expected === undefined) return;
  if (body !== textNumbered(expected.next)) expected.missed++;
  expected.next++;
  if (expected.next < expected.count) return;
  tell({ last: now(), missed: expected.missed });
  expected = undefined;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function tell(what: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify(what));
}

const sessions = await Promise.all(config.accounts.map(open));
tell({ ready: true });
for await (const line of linesOf(Deno.stdin.readable)) {
  const { do: action, to = "", count = 0 } = JSON.parse(line) as {
    readonly do: "again" | "expect" | "send";
    readonly to?: string;
    readonly count?: number;
  };
  const [first] = sessions;
  const [account] = config.accounts;
  if (action === "expect") {
    expected = { count, next: 0, missed: 0 };
    tell({ ok: true });
  } else if (action === "send") {
    tell({ first: now() });
    for (let number = 0; number < count; number++) {
      void first?.use(messages).send({ to, body: textNumbered(number) });
    }
  } else if (account !== undefined) {
    await first?.close();
    const begin = performance.now();
    sessions[0] = await open(account);
    tell({ ms: performance.now() - begin });
  }
}
await Promise.all(sessions.map((session) => session.close()));
