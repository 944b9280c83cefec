/**
 * A new account, made before there is a login (XEP-0077, 3.1).
 *
 * @module
 */
import { XmppError } from "../errors.ts";
import type { FormValues } from "../features/form.ts";
import {
  answerOf,
  readAsked,
  REGISTER,
  type RegistrationForm,
} from "../features/registration_form.ts";
import { LIMITS } from "../limits.ts";
import type { XmppStream } from "../stream/stream.ts";
import { type Element, xml } from "../xml.ts";
import { reach, type Reaching, timed } from "./connect.ts";
import { answerTo, type Privacy, secured } from "./negotiate.ts";

/** What registering takes. */
export interface Registering extends Reaching {
  readonly username: string;
  /** `encrypted` unless told. */
  readonly privacy?: Privacy;
  uuid(): string;
  /**
   * Answers what the server asks; undefined gives up. The server may end the connection of who takes
   * minutes for it.
   */
  fill(asked: RegistrationForm): Promise<FormValues | undefined>;
}

const FEATURE = "http://jabber.org/features/iq-register";

/**
 * Makes the account; one logs in to it afterwards, like to all others.
 *
 * @throws {XmppError} `xmpp/unsupported` when the server lets nobody register; as `negotiate`
 * @throws {StanzaError} `conflict` when somebody has that name, `not-acceptable`, `not-allowed`,
 *   `resource-constraint` when there were too many lately
 * @throws {RangeError} for a value that the server did not ask for
 */
export async function register(
  registering: Registering,
  signal: AbortSignal,
): Promise<"registered" | "given-up"> {
  return await reach(registering, signal, async (stream) => {
    try {
      return await registered(stream, registering, signal);
    } finally {
      stream.destroy();
    }
  });
}

async function registered(
  stream: XmppStream,
  { username, domain, privacy = "encrypted", clock, uuid, fill }: Registering,
  signal: AbortSignal,
): Promise<"registered" | "given-up"> {
  const within = <T>(action: (limit: AbortSignal) => Promise<T>) =>
    timed(LIMITS.negotiationMs, clock, signal, action);
  const ask = (type: "get" | "set", query: Element) =>
    within(async (limit) => {
      const id = uuid();
      stream.send(xml("iq", { type, id, to: domain }, query));
      return await answerTo(id, stream, [], limit);
    });
  const features = await within((limit) => secured(stream, { username, domain, privacy }, limit));
  if (features.getChild("register", FEATURE) === undefined) throw closedToAll(domain);
  const asked = readAsked((await ask("get", xml("query", REGISTER))).getChild("query", REGISTER));
  const values = await fill(asked);
  if (values === undefined) return "given-up";
  await ask("set", answerOf(asked, values));
  return "registered";
}

function closedToAll(domain: string): XmppError {
  return new XmppError(
    "xmpp/unsupported",
    `Cannot register: ${domain} lets nobody register this way`,
    { hint: "Whoever runs the server says how to get an account there." },
  );
}
