/**
 * Signing in where there is no browser: the person opens an address elsewhere and types a code,
 * while this program asks again and again whether they are done.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628}
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { JsonObject } from "../../message/event.ts";
import { usableAddress } from "./addresses.ts";
import { OidcError } from "./contract.ts";
import { type Party, post, redeem, succeeded, type Tokens } from "./token_endpoint.ts";

/** What the person is shown, and what is kept to ask with. */
export interface DeviceLogin {
  /** Where to go; an https address. */
  readonly address: string;
  /** What to type there. */
  readonly userCode: string;
  /** The address with the code in it, where the provider has one. */
  readonly addressWithCode: string | undefined;
  /** On the monotonic clock: nobody is heard afterwards. */
  readonly ends: number;
  /** Secret. */
  readonly deviceCode: string;
  /** Milliseconds between two questions. */
  readonly interval: number;
}

/** RFC 8628, section 3.2. */
const UNTOLD_INTERVAL_MS = 5_000;
const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 60_000;
/** RFC 8628, section 3.5. */
const SLOWER_BY_MS = 5_000;
const LONGEST_LOGIN_MS = 30 * 60_000;
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code";
const CANNOT = "Cannot sign in with a code";

/**
 * Asks for a code.
 *
 * @throws {OidcError} `oidc/unsupported`, `oidc/refused`; as `ask`
 */
export async function beginDevice(
  party: Party,
  scope: string,
  signal?: AbortSignal,
): Promise<DeviceLogin> {
  const { device } = party.metadata;
  if (device === undefined) {
    throw new OidcError("oidc/unsupported", `${CANNOT}: the provider does not have that`, {
      hint: "Sign in through a browser, without --device.",
    });
  }
  const answer = await post(party, "a code from the provider", device, { scope }, signal);
  return readDevice(succeeded(answer, CANNOT), party.tools.clock);
}

function readDevice(body: JsonObject, clock: Clock): DeviceLogin {
  const { device_code: deviceCode, user_code: userCode } = body;
  // Early implementations say verification_url; Google's still does.
  const address = usableAddress(body["verification_uri"] ?? body["verification_url"]);
  const complete = usableAddress(body["verification_uri_complete"]);
  const isCode = (text: unknown) => typeof text === "string" && text !== "" && text.length <= 4096;
  if (!isCode(deviceCode) || !isCode(userCode) || address === undefined) {
    throw new OidcError("oidc/answer", `${CANNOT}: the provider's answer lacks the code`);
  }
  const interval = milliseconds(body["interval"]) ?? UNTOLD_INTERVAL_MS;
  const lasts = milliseconds(body["expires_in"]) ?? LONGEST_LOGIN_MS;
  return {
    address: address.href,
    userCode: String(userCode).slice(0, 100),
    addressWithCode: complete?.href,
    ends: clock.monotonic() + Math.min(lasts, LONGEST_LOGIN_MS),
    deviceCode: String(deviceCode),
    interval: Math.min(Math.max(interval, SHORTEST_INTERVAL_MS), LONGEST_INTERVAL_MS),
  };
}

function milliseconds(seconds: unknown): number | undefined {
  return typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined;
}

/**
 * Waits until the person is done.
 *
 * @throws {OidcError} `oidc/refused`, `oidc/expired`, `oidc/unreachable` when the provider cannot
 *   be reached until the end
 * @throws the signal's reason when it aborts
 */
export async function awaitDevice(
  party: Party,
  login: DeviceLogin,
  signal: AbortSignal,
): Promise<Tokens> {
  const { clock } = party.tools;
  const fields = { grant_type: GRANT_TYPE, device_code: login.deviceCode };
  let { interval } = login;
  let fault: unknown;
  while (clock.monotonic() + interval < login.ends) {
    await pause(party, interval, signal);
    try {
      return await redeem(party, CANNOT, fields, signal);
    } catch (error) {
      interval = nextInterval(error, interval);
      fault = error;
    }
  }
  if (fault instanceof OidcError && fault.code === "oidc/unreachable") throw fault;
  throw new OidcError("oidc/expired", `${CANNOT}: nobody has confirmed it in time`, {
    hint: "Begin again.",
  });
}

/** @throws `error` when asking again makes no sense */
function nextInterval(error: unknown, interval: number): number {
  if (!(error instanceof OidcError)) throw error;
  if (error.reason === "authorization_pending") return interval;
  if (error.reason === "slow_down") return interval + SLOWER_BY_MS;
  // Section 3.5: on a timeout, more slowly.
  if (error.code === "oidc/unreachable") return Math.min(interval * 2, LONGEST_INTERVAL_MS);
  throw error;
}

/** Never shorter than `ms`; up to a fifth of a second longer, so that many do not ask in step. */
async function pause({ tools }: Party, ms: number, signal: AbortSignal): Promise<void> {
  const { clock, random } = tools;
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = clock.after(ms + (random(1)[0] ?? 0) * 0.75, resolve);
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  // The clock's timers do not keep a process alive that waits for nothing else.
  const alive = setInterval(() => {}, LONGEST_INTERVAL_MS);
  try {
    await promise;
  } finally {
    clearInterval(alive);
    timer.cancel();
    signal.removeEventListener("abort", stop);
  }
}
