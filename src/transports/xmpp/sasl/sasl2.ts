/**
 * SASL 2 (XEP-0388): the login, and with it what else is to happen, in one turn.
 *
 * @module
 */
import { protocolFault, XmppError } from "../errors.ts";
import { NS } from "../namespaces.ts";
import type { XmppStream } from "../stream/stream.ts";
import { type Element, xml } from "../xml.ts";
import { decoded, encoded } from "./base64.ts";
import { loginRefused } from "./failure.ts";
import type { Mechanism } from "./mechanism.ts";

const TURNS_MOST = 8;

/** Who asks, for people who look at their sessions and for tokens. */
export interface UserAgent {
  /** A UUID that stays with this installation and account. */
  readonly id: string;
  readonly software: string;
}

/**
 * Logs in with everything in `inline`; resolves with the `success` that answers all of it.
 *
 * @throws {XmppError} `xmpp/credentials`, `xmpp/server-proof`, `xmpp/mechanism` when the server
 *   wants more than a login, `xmpp/protocol`
 */
export async function login2(
  stream: XmppStream,
  mechanism: Mechanism,
  userAgent: UserAgent,
  inline: readonly Element[],
  signal: AbortSignal,
): Promise<Element> {
  const first = await mechanism.first();
  stream.send(xml(
    "authenticate",
    { xmlns: NS.sasl2, mechanism: mechanism.name },
    first === undefined ? null : xml("initial-response", null, encoded(first)),
    xml("user-agent", { id: userAgent.id }, xml("software", null, userAgent.software)),
    inline,
  ));
  for (let turn = 0; turn < TURNS_MOST; turn++) {
    const answer = await stream.next(signal);
    if (answer.is("failure", NS.sasl2)) throw loginRefused(answer);
    if (answer.is("success", NS.sasl2)) {
      const data = answer.getChildText("additional-data")?.trim() ?? "";
      await mechanism.finish(data === "" ? undefined : decoded(data));
      stream.trust();
      return answer;
    }
    if (answer.is("continue", NS.sasl2)) {
      throw new XmppError("xmpp/mechanism", "Cannot log in: the server wants a second factor");
    }
    if (!answer.is("challenge", NS.sasl2)) throw protocolFault("the server left the login");
    const response = await mechanism.next(decoded(answer.text()));
    stream.send(xml("response", NS.sasl2, encoded(response)));
  }
  throw protocolFault("the server does not end the login");
}
